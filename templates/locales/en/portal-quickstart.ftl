# A program of a product, to be copied.
quickstart-title = Quickstart
quickstart-intro = A whole program with this product's own keys and address. It can be published: nothing in it is secret.
quickstart-library = The library
quickstart-library-intro = Run this beside the folder with the client libraries.
quickstart-program = The program
quickstart-program-intro = It asks for an activation key when it starts the first time. Replace the keys with each release.
quickstart-first = First activation
quickstart-state = Status
quickstart-waits = Waiting for the first activation
quickstart-came = Activated
quickstart-machine = First machine
quickstart-when = Activated on
quickstart-look = Look again
