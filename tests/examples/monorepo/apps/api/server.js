const app = require('fastify')();
app.listen({ port: 4500, host: '0.0.0.0' });
