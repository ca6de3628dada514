#include "httplib.h"

int main() {
    httplib::Server server;
    server.Get("/healthz", [](const httplib::Request&, httplib::Response& answer) { answer.set_content("ok", "text/plain"); });
    server.listen("0.0.0.0", 8099);
}
