# Mensajes del dialecto de los programas de escritorio híbridos.
hybrid-activated = Licencia activada en este equipo.
hybrid-activated-again = Este equipo ya estaba activado con esta licencia.
hybrid-renewed = Licencia renovada hasta el { $date }.
hybrid-renewed-permanent = Licencia renovada sin fecha de fin.
hybrid-license-not-found = No se encontró ninguna licencia para este equipo.
hybrid-renewal-key-unknown = Esta clave de renovación no se conoce.
hybrid-renewal-key-used = Esta clave de renovación ya se usó.
hybrid-renewal-key-other-product = Esta clave de renovación es de otro producto.
hybrid-renewal-not-possible = Esta licencia no se puede renovar con una clave de renovación.
hybrid-no-update = No se ha publicado ninguna versión.
hybrid-bad-request = La solicitud está incompleta: falta { $field } o no es válido.
hybrid-not-json = La solicitud no es un JSON válido.
hybrid-too-many-requests = Demasiadas solicitudes. Inténtelo más tarde.
hybrid-unavailable = El servidor de licencias no puede responder en este momento. Inténtelo más tarde.
