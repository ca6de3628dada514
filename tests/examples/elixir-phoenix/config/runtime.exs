import Config

if System.get_env("PHX_SERVER") do
  config :harbour, HarbourWeb.Endpoint, server: true
end

if config_env() == :prod do
  port = String.to_integer(System.get_env("PORT") || "4040")
  config :harbour, HarbourWeb.Endpoint, http: [ip: {0, 0, 0, 0}, port: port]
end
