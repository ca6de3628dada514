require "sinatra/base"

class Notes < Sinatra::Base
  get "/health" do
    "ok"
  end
end
