package main

import (
	"log"
	"net/http"
	"os"

	"example.org/parcels/internal/routes"
)

func main() {
	port := os.Getenv("PORT")
	if port == "" {
		port = "8085"
	}
	log.Fatal(http.ListenAndServe(":"+port, routes.New("./templates")))
}
