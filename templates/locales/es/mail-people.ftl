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
