# Un programa de un producto, para copiar.
quickstart-title = Inicio rápido
quickstart-intro = Un programa completo con las claves y la dirección de este producto. Puede publicarse: no contiene nada secreto.
quickstart-library = La biblioteca
quickstart-library-intro = Ejecútelo junto a la carpeta con las bibliotecas de cliente.
quickstart-program = El programa
quickstart-program-intro = Pide una clave de activación la primera vez. Sustituya las claves públicas con cada versión.
quickstart-first = Primera activación
quickstart-state = Estado
quickstart-waits = Esperando la primera activación
quickstart-came = Activado
quickstart-machine = Primer equipo
quickstart-when = Activado el
quickstart-look = Mirar de nuevo
