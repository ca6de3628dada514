const express = require('express');

const app = express();
app.get('/health', (request, response) => response.send('ok'));

const port = process.env.PORT || 4100;
const server = app.listen(port);
process.on('SIGTERM', () => server.close());
