package routes

import (
	"html/template"
	"net/http"

	"github.com/go-chi/chi/v5"
)

// New returns the routes.
func New(folder string) http.Handler {
	pages := template.Must(template.ParseGlob("templates/*.html"))
	r := chi.NewRouter()
	r.Route("/api", func(r chi.Router) {
		r.Get("/health", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) })
	})
	r.Get("/", func(w http.ResponseWriter, _ *http.Request) { _ = pages.Execute(w, folder) })
	return r
}
