# Correos sobre el registro y el acceso.
mail-registered-subject = Recibimos su registro
mail-registered-intro = recibimos su registro. Alguien lo revisará y le diremos por correo qué se decidió. Hasta entonces no hay que hacer nada.
mail-registered-why = Recibe este correo porque alguien se registró en { $seller } con esta dirección. Si no fue usted, no hay que hacer nada.
mail-admitted-subject = Su registro fue aprobado
mail-admitted-intro = le damos la bienvenida: su registro fue aprobado y ya puede usar lo que se preparó para usted.
mail-admitted-keys = Recibir mis claves de activación por correo
mail-sign-in = Entrar aquí
mail-rejected-subject = Su registro no fue aprobado
mail-rejected-intro = revisamos su registro y no pudimos aprobarlo.
mail-rejected-reason = El motivo: { $reason }

# Con estos un miembro elige una contraseña.
mail-password-choose = Elegir una contraseña
mail-invited-subject = { $seller }: ya tiene acceso
mail-invited-intro = alguien de { $seller } le ha dado acceso. Usted entra con { $email } y una contraseña, que elige aquí:
mail-invited-note = El enlace vale { $days } días y una sola vez. Quien lo tenga puede usarlo, así que no lo pase a nadie.
mail-invited-why = Recibe este correo porque { $seller } indicó { $email } como dirección de alguien que puede entrar. Si no es usted, no hay que hacer nada: sin contraseña no entra nadie.
mail-forgotten-subject = Elija una contraseña nueva
mail-forgotten-intro = alguien pidió una contraseña nueva para { $email }. Si fue usted, elíjala aquí; hasta entonces sigue valiendo la anterior.
mail-forgotten-note = El enlace vale { $hours } horas y una sola vez. Quien lo tenga puede usarlo, así que no lo pase a nadie.
mail-forgotten-why = Recibe este correo porque alguien lo pidió en la página de { $seller }. Si no fue usted, no hay que hacer nada: se le envió solo a usted, y su contraseña sigue siendo la misma.

# Qué pasó con el acceso de un miembro.
mail-signed-in-subject = Nuevo acceso a su cuenta
mail-signed-in-intro = el { $day } a las { $time } alguien entró como { $email } en un navegador o desde una red que no se habían usado antes.
mail-signed-in-browser = Navegador: { $browser }
mail-signed-in-address = Dirección: { $address }
mail-changed-subject-password = Su contraseña fue cambiada
mail-changed-password = la contraseña de { $email } se cambió el { $day } a las { $time }.
mail-changed-subject-codes-added = Los códigos de un solo uso se activaron
mail-changed-codes-added = desde el { $day }, { $time }, hace falta un código de un solo uso para entrar como { $email }.
mail-changed-subject-codes-removed = Los códigos de un solo uso se desactivaron
mail-changed-codes-removed = desde el { $day }, { $time }, ya no hace falta un código de un solo uso para entrar como { $email }.
mail-access-not-you = Si fue usted, o si lo sabía, no hay que hacer nada. Si no, elija enseguida una contraseña nueva, lo que cierra todas las sesiones, y avísenos.
mail-access-why = Recibe este correo porque { $email } es la dirección de alguien que puede entrar en { $seller }. Trata de la seguridad de la cuenta y no es publicidad.
