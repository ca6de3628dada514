module example.org/parcels

go 1.24

toolchain go1.25.1

require (
	github.com/go-chi/chi/v5 v5.2.1
	github.com/jackc/pgx/v5 v5.7.2
	github.com/redis/go-redis/v9 v9.7.0
)

require golang.org/x/sync v0.10.0 // indirect
