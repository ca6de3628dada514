// A room on socket.io: what one sends, the others of its room get.
import { createServer } from "http";
import { Server } from "socket.io";

const http = createServer();
const io = new Server(http, { pingInterval: 30000, pingTimeout: 30000, maxHttpBufferSize: 1 << 20, serveClient: false, transports: ["websocket"] });
io.on("connection", (socket) => {
  const room = socket.handshake.query.room;
  socket.join(room);
  socket.on("m", (data) => socket.to(room).emit("m", data));
});
http.listen({ port: +process.argv[2], host: "127.0.0.1", backlog: 4096 }, () => console.log("ready"));
