// Java 8 is what Android has of old, and the source keeps to it.
plugins {
    kotlin("jvm") version "2.4.20"
    `java-library`
}

group = "alvara"
version = "0.1.0"

repositories { mavenCentral() }

dependencies {
    // On Android the same as an `aar`, which brings its own native part: "net.java.dev.jna:jna:5.13.0@aar".
    api("net.java.dev.jna:jna:5.13.0")
}

kotlin { compilerOptions { jvmTarget.set(org.jetbrains.kotlin.gradle.dsl.JvmTarget.JVM_1_8) } }

java {
    sourceCompatibility = JavaVersion.VERSION_1_8
    targetCompatibility = JavaVersion.VERSION_1_8
    withSourcesJar()
}

// The tests are one program, which needs the library of C: -Plibrary=FOLDER, else ../../target/release.
val vectors by tasks.registering(JavaExec::class) {
    classpath = sourceSets["test"].runtimeClasspath
    mainClass.set("alvara.sdk.tests.ProgramKt")
    args("../vectors/vectors.json")
    systemProperty("jna.library.path", providers.gradleProperty("library").getOrElse("../../target/release"))
}

tasks.check { dependsOn(vectors) }
