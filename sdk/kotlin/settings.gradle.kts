rootProject.name = "alvara-sdk"
