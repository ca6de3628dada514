package routes

const testPort = ":9999"
