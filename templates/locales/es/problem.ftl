# Un mensaje por problema: título, detalle del caso y qué hacer.
problem-invalid-request = Solicitud no válida
    .detail = No se entiende la solicitud: una cabecera, la ruta o la consulta está mal formada.
    .meaning = Una cabecera, la ruta o la consulta no respeta la sintaxis. Corríjala; repetir la misma solicitud da la misma respuesta.
problem-malformed-json = JSON mal formado
    .detail = El cuerpo no es JSON: el error está en la línea { $line }, columna { $column }.
    .meaning = El cuerpo no se pudo leer como JSON. El detalle dice dónde está el error.
problem-invalid-utf8 = UTF-8 no válido
    .detail = El cuerpo no es texto UTF-8.
    .meaning = JSON es texto UTF-8 y el cuerpo contiene bytes que no lo son.
problem-unauthenticated = Se requiere autenticación
    .detail = La solicitud no trae una credencial válida.
    .meaning = Envíe una clave de API o un token de acceso en la cabecera Authorization: Bearer. La credencial falta, caducó, fue revocada o pertenece a otro host.
problem-credentials-refused = Acceso rechazado
    .detail = El correo, la contraseña o el código de un solo uso es incorrecto.
    .meaning = No decimos qué parte es incorrecta, para que nadie pueda averiguar quién tiene cuenta. Tras varios fallos la cuenta queda bloqueada un tiempo.
problem-second-factor-needed = Hace falta el código de un solo uso
    .detail = Esta cuenta exige además el código de su autenticador.
    .meaning = Envíe los seis dígitos del autenticador junto con la contraseña.
problem-locked-out = Cuenta bloqueada
    .detail = Demasiados intentos de acceso fallidos. Inténtelo más tarde.
    .meaning = Tras varios fallos la cuenta queda bloqueada, cada vez por más tiempo. La cabecera Retry-After dice cuánto. Un administrador puede desbloquearla.
problem-forbidden = No permitido
    .detail = Su rol no permite esto.
    .meaning = La credencial es válida, pero su rol o su lista de permisos no incluye esta operación.
problem-not-found = No encontrado
    .detail = Aquí no hay nada, o no es suyo para verlo.
    .meaning = La dirección no lleva a nada, o lleva a algo fuera de su parte del árbol. Los dos casos no se distinguen, a propósito.
problem-unknown-host = Host desconocido
    .detail = Ningún inquilino se atiende con este nombre de host.
    .meaning = El nombre de host de la solicitud no pertenece a ningún inquilino de esta instalación.
problem-method-not-allowed = Método no permitido
    .detail = Esta dirección no conoce este método.
    .meaning = La cabecera Allow enumera los métodos que conoce la dirección.
problem-already-exists = Ya existe
    .detail = Ya existe algo con el mismo código, nombre o dirección.
    .meaning = El valor debe ser único en el lugar donde lo crea. Elija otro o modifique el que existe.
problem-state-conflict = No es posible en este estado
    .detail = Lo que pide no es posible en su estado actual.
    .meaning = El elemento existe, pero su estado no permite el cambio, por ejemplo reactivar una licencia revocada. Léalo de nuevo y decida.
problem-in-use = Todavía en uso
    .detail = Otros elementos todavía dependen de este.
    .meaning = No se puede quitar ni cambiar mientras otros elementos se refieran a él.
problem-limit-reached = Límite alcanzado
    .detail = Se alcanzó un límite que le fue asignado.
    .meaning = La oferta o la cuota con la que trabaja no permite más. Quien la concedió puede aumentarla.
problem-exceeds-own-rights = Excede sus propios derechos
    .detail = No puede conceder ni tocar más de lo que se le permite a usted.
    .meaning = Se indicó un rol, un permiso o un lugar que va más allá de los derechos de quien pide. Nadie concede más de lo que tiene.
problem-not-floating = Licencia sin puestos flotantes
    .detail = Esta licencia no tiene puestos flotantes.
    .meaning = Solo una licencia cuyos términos no la atan a nada tiene puestos que se toman y se devuelven. Las demás cuentan máquinas.
problem-seat-lost = Puesto perdido
    .detail = Este puesto ha terminado. Tome otro.
    .meaning = Nadie mantuvo el puesto antes del fin de la concesión, se devolvió o alguien lo recuperó. Tome un puesto de nuevo.
problem-deactivation-limit = Demasiadas desactivaciones
    .detail = { $limit ->
        [0] Esta licencia no permite desactivaciones por el programa ni por el titular.
       *[other] Esta licencia permite { $limit } desactivaciones en su período, y están agotadas.
    }
    .meaning = Los términos permiten cierto número de desactivaciones por período, para que un puesto no pase de mano en mano. next_possible_at dice cuándo será posible la próxima; quien vendió la licencia puede desactivar la máquina en cualquier momento.
problem-offer-withdrawn = Oferta retirada
    .detail = El producto ya no se puede vender aquí.
    .meaning = La oferta con la que se vendía el producto fue retirada. Las licencias existentes siguen siendo válidas.
problem-tree-rule = No es posible en el árbol
    .detail = El árbol no admite este lugar.
    .meaning = Cada tipo de nodo admite ciertos tipos debajo, un nodo no puede estar debajo de sí mismo y la raíz se queda donde está.
problem-renewal-not-possible = Renovación no posible
    .detail = Esta licencia no se puede renovar.
    .meaning = Las condiciones o el estado de la licencia no dejan nada que renovar.
problem-renewal-key-spent = Clave de renovación ya usada
    .detail = Esta clave de renovación ya se usó o fue retirada.
    .meaning = Una clave de renovación vale una sola vez.
problem-renewal-key-of-another-product = Clave de renovación de otro producto
    .detail = Esta clave de renovación es de otro producto.
    .meaning = Una clave de renovación renueva solo licencias de su propio producto.
problem-answer-lost = Hecho, respuesta perdida
    .detail = Una solicitud con esta Idempotency-Key se ejecutó, pero su respuesta se perdió.
    .meaning = El trabajo se hizo y el servidor se detuvo antes de responder. Lea el estado actual; no repita la solicitud con otra clave sin mirar.
problem-request-in-progress = Solicitud en curso
    .detail = Una solicitud con la misma Idempotency-Key todavía se está procesando.
    .meaning = Espere un momento y envíe de nuevo la misma solicitud; recibirá la respuesta de la primera.
problem-stale-version = Cambió entretanto
    .detail = Alguien lo cambió después de que usted lo leyó.
    .meaning = La cabecera If-Match indica una versión que ya no es la actual. Lea de nuevo, mire la diferencia y envíe su cambio con el nuevo ETag.
problem-request-timeout = Solicitud demasiado lenta
    .detail = El cuerpo no llegó a tiempo.
    .meaning = La conexión fue demasiado lenta o se detuvo a la mitad. Envíe la solicitud de nuevo.
problem-body-too-large = Cuerpo demasiado grande
    .detail = El cuerpo puede tener como máximo { $limit } bytes.
    .meaning = Divida la solicitud en otras más pequeñas.
problem-unsupported-media-type = Tipo de contenido no admitido
    .detail = Esta dirección admite { $expected }.
    .meaning = La cabecera Content-Type indica un formato que esta dirección no lee.
problem-invalid-fields = Campos no válidos
    .detail = { $count ->
        [one] Un campo no es válido.
       *[other] { $count } campos no son válidos.
    }
    .meaning = El miembro errors enumera cada campo con error, con un puntero JSON, un código estable y una explicación.
problem-key-malformed = Clave mal escrita
    .detail = La clave está mal formada.
    .meaning = Los símbolos de control distinguen una clave mal escrita de una desconocida. Compárela con la original, símbolo por símbolo.
problem-idempotency-key-reused = Idempotency-Key reutilizada
    .detail = Esta Idempotency-Key ya se usó para otra solicitud.
    .meaning = Una clave pertenece a una sola solicitud durante 24 horas. Use una clave nueva para una solicitud nueva.
problem-precondition-required = Falta If-Match
    .detail = Envíe en la cabecera If-Match el ETag que leyó.
    .meaning = Los cambios necesitan la versión en la que se basan, para que nadie sobrescriba sin saberlo el trabajo de otra persona.
problem-too-many-requests = Demasiadas solicitudes
    .detail = { $seconds ->
        [one] Inténtelo de nuevo en un segundo.
       *[other] Inténtelo de nuevo en { $seconds } segundos.
    }
    .meaning = La cabecera Retry-After dice cuándo volver a intentarlo; las cabeceras RateLimit, cuánto queda.
problem-internal = Error interno
    .detail = Algo falló de nuestro lado. El id de la solicitud lleva a la causa en nuestros registros.
    .meaning = Esto es un defecto. Al informarlo, cite el id de la solicitud que está en la cabecera x-request-id.
problem-unavailable = No disponible por el momento
    .detail = El servicio no puede responder en este momento. Inténtelo de nuevo en breve.
    .meaning = La base de datos u otra parte necesaria no está lista. La cabecera Retry-After dice cuándo volver a intentarlo.
problem-refused-meaning = La licencia no permite esto ahora. El miembro verdict dice qué se decidió y por qué.

problem-page-title = Problemas
problem-page-lead = Todo error de esta interfaz es uno de estos. Los programas deben decidir por el código, que nunca cambia, y no por el texto.
problem-page-status = Estado HTTP
problem-page-code = Código
problem-page-all = Todos los problemas

# Errores de campos.
field-required = Este campo es obligatorio.
field-unknown = Este campo no se conoce aquí.
field-wrong-type = Este valor es del tipo equivocado.
field-too-short = Este valor es demasiado corto; necesita al menos { $limit } caracteres.
field-too-long = Este valor es demasiado largo; se admiten como máximo { $limit } caracteres.
field-invalid = Este valor no es válido.
field-out-of-range = Este valor está fuera del intervalo permitido.
field-not-found = Se refiere a algo que no existe.
