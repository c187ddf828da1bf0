# Elegir una contraseña por un enlace.
password-forgotten = ¿Olvidó su contraseña?
password-forgotten-intro = Escriba la dirección con la que entra. Si se conoce, le llegará un enlace para elegir una contraseña nueva.
password-forgotten-submit = Recibir un enlace por correo
password-new = Contraseña nueva
password-choose = Elegir una contraseña
password-choose-submit = Fijar la contraseña
team-password-invited = Déjela vacía para enviar un enlace con el que la persona elige su contraseña. El enlace vale siete días.
done-password-link-sent = Si la dirección se conoce, hay un enlace en camino.
done-password-link-over = Ese enlace ya no vale. Pida otro aquí.
done-password-chosen = La contraseña quedó fijada. Entre con ella.
done-member-invited = La persona fue añadida e invitada por correo.
