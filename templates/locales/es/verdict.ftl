# Un mensaje por código de veredicto: nombre corto y el caso con lo que difiere.
verdict-valid = Válida
    .detail = La licencia es válida.
verdict-not-found = Licencia no encontrada
    .detail = Ninguna licencia corresponde a esta clave.
verdict-key-malformed = Clave mal escrita
    .detail = La clave está mal escrita. Compárela con la original.
verdict-revoked = Licencia revocada
    .detail = Esta licencia fue revocada.
verdict-suspended = Licencia suspendida
    .detail = Esta licencia está suspendida. Contacte con su proveedor.
verdict-customer-suspended = Cliente suspendido
    .detail = El cliente titular de esta licencia está suspendido. Contacte con su proveedor.
verdict-tenant-suspended = Proveedor suspendido
    .detail = El proveedor de esta licencia está suspendido.
verdict-pending-validation = Pendiente de validación
    .detail = Esta licencia aún está pendiente de validación.
verdict-pending-approval = Pendiente de aprobación
    .detail = Este equipo aún está pendiente de aprobación.
verdict-not-yet-effective = Aún no vigente
    .detail = Esta licencia entra en vigor el { $date }.
verdict-product-mismatch = Otro producto
    .detail = Esta licencia es de otro producto.
verdict-version-not-entitled = Versión no incluida
    .detail = Esta licencia no incluye la versión { $version }.
verdict-user-mismatch = Otro usuario
    .detail = Esta licencia está vinculada a otro usuario.
verdict-site-mismatch = Otra sede
    .detail = Esta licencia está vinculada a otra sede.
verdict-machine-unknown = Equipo no activado
    .detail = Este equipo no se ha activado con esta licencia.
verdict-machine-blocked = Equipo bloqueado
    .detail = Este equipo fue bloqueado. Contacte con su proveedor.
verdict-fingerprint-mismatch = El equipo ha cambiado
    .detail = Este equipo difiere demasiado del que se activó: { $components }.
verdict-machine-limit = No quedan equipos
    .detail = { $limit ->
        [one] El único equipo que permite esta licencia ya está en uso.
       *[other] { $count } de { $limit } equipos ya están en uso.
    }
verdict-seat-limit = No quedan puestos
    .detail = { $limit ->
        [one] El único puesto de esta licencia ya está ocupado.
       *[other] { $count } de { $limit } puestos ya están ocupados.
    }
verdict-user-limit = No quedan usuarios
    .detail = { $limit ->
        [one] El único usuario que permite esta licencia ya está registrado.
       *[other] { $count } de { $limit } usuarios ya están registrados.
    }
verdict-lease-expired = Plazo sin contacto terminado
    .detail = El plazo en que el programa puede funcionar sin contacto terminó el { $date }.
verdict-check-overdue = Comprobación atrasada
    .detail = El programa debería haber hecho la comprobación antes del { $date }.
verdict-expired = Licencia caducada
    .detail = Esta licencia caducó el { $date }.
verdict-expired-grace = Caducada, en período de gracia
    .detail = Esta licencia caducó el { $date } y está en su período de gracia. Renuévela pronto.
verdict-maintenance-ended = Mantenimiento terminado
    .detail = El mantenimiento terminó el { $date }; las versiones más nuevas no están incluidas.
verdict-trial-used = Prueba ya utilizada
    .detail = La prueba de este producto ya se utilizó en este equipo.
verdict-module-missing = Módulo no incluido
    .detail = Esta licencia no incluye el módulo { $module }.
verdict-payment-overdue = Pago atrasado
    .detail = Hay un pago atrasado de esta licencia.
verdict-clock-rollback = Reloj atrasado
    .detail = El reloj de este equipo fue atrasado.
verdict-meter-limit = Consumo agotado
    .detail = { $count } de { $limit } unidades ya se consumieron.

# Qué tiene de malo una clave mal escrita.
key-empty = La clave está vacía.
key-too-short = La clave es demasiado corta: { $found } de 25 símbolos.
key-too-long = La clave es demasiado larga: { $found } en lugar de 25 símbolos.
key-bad-symbol = El símbolo “{ $symbol }” en la posición { $position } no aparece nunca en una clave.
key-check-failed = Un símbolo de la clave está mal escrito, o dos están intercambiados.
