plugins {
    kotlin("jvm") version "2.0.21"
    id("io.ktor.plugin") version "3.0.3"
}

application {
    mainClass.set("org.example.weather.MainKt")
}

kotlin {
    jvmToolchain(17)
}

dependencies {
    implementation("io.ktor:ktor-server-core-jvm:3.0.3")
    implementation("io.ktor:ktor-server-netty-jvm:3.0.3")
    implementation(libs.mongo.driver)
    testImplementation("io.ktor:ktor-server-tests-jvm:3.0.3")
}
