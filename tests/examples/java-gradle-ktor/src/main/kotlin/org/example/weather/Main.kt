package org.example.weather

import io.ktor.server.engine.embeddedServer
import io.ktor.server.netty.Netty
import io.ktor.server.response.respondText
import io.ktor.server.routing.get
import io.ktor.server.routing.route
import io.ktor.server.routing.routing

fun main() {
    embeddedServer(Netty, port = System.getenv("PORT")?.toInt() ?: 7070) {
        routing {
            get("/healthz") { call.respondText("ok") }
            route("/v1") { get("/ping") { call.respondText("pong") } }
        }
    }.start(wait = true)
}
