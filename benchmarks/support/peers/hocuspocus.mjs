// Hocuspocus as it comes, without a store.
import { Server } from "@hocuspocus/server";

const server = new Server({ port: +process.argv[2], address: "127.0.0.1", quiet: true, timeout: 60000 });
await server.listen();
console.log("ready");
