defmodule Harbour.MixProject do
  use Mix.Project

  def project do
    [
      app: :harbour,
      version: "0.1.0",
      elixir: "~> 1.17",
      deps: deps(),
      aliases: ["assets.deploy": ["esbuild harbour --minify", "phx.digest"]]
    ]
  end

  def application do
    [mod: {Harbour.Application, []}, extra_applications: [:logger]]
  end

  defp deps do
    [
      {:phoenix, "~> 1.7.18"},
      {:postgrex, ">= 0.0.0"},
      {:credo, "~> 1.7", only: [:dev, :test], runtime: false},
      {:bandit, "~> 1.6"}
    ]
  end
end
