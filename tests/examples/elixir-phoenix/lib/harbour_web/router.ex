defmodule HarbourWeb.Router do
  use HarbourWeb, :router

  scope "/status", HarbourWeb do
    get "/live", StatusController, :live
  end
end
