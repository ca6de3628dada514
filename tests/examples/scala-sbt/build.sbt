ThisBuild / scalaVersion := "3.3.4"

lazy val root = (project in file("."))
  .settings(
    name := "Star Map",
    libraryDependencies ++= Seq(
      "org.http4s" %% "http4s-ember-server" % "0.23.30",
      "org.postgresql" % "postgresql" % "42.7.4",
      "com.dimafeng" %% "testcontainers-scala-mysql" % "0.41.4" % Test
    )
  )
