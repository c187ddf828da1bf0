# The page that one comes to first.
home-license = Licencia
home-status = Estado
home-license-active = Activa
home-license-expiring = Por vencer
home-license-expired = Vencida
home-license-trial = Prueba
home-license-pending = Pendiente de validar
home-license-suspended = Suspendida
home-license-revoked = Revocada
home-key = Clave
home-machines = Equipos
home-renew = Renovar
home-all-licenses = Todas las licencias
home-no-licenses = Aún no hay licencias en esta cuenta.
home-days-left = Días restantes: { $count } (hasta el { $day })
home-ended = Venció el { $day }
home-never-ends = No vence
home-overdue = Pagos atrasados: { $count }
# Figures
home-payments-waiting = Pagos pendientes
home-ends-7 = Vencen en 7 días
home-ends-30 = Vencen en 30 días
home-ends-60 = Vencen en 60 días
home-expired = Vencidas
home-customers-pending = Clientes pendientes de validar
home-licenses-pending = Licencias pendientes de aprobar
home-registrations-pending = Registros pendientes de aprobar
home-machines-silent = Equipos sin contacto
home-commission = Comisión de este mes
home-jobs-failed = Tareas fallidas
home-jobs-due = Tareas en cola
# What ends next
home-ending = Próximos vencimientos
home-ending-none = Nada vence en 30 días.
home-holder = Titular
home-ends = Vence el
home-days = Días
home-renewal-link = Enlace de renovación
# Quotas
home-quotas = Sus cuotas
home-product = Producto
home-quota-taken = Usado
home-quota-delegated = Delegado
home-quota-left = Disponible
# Getting started
home-begin-product = Añada un producto
home-begin-policy = Defina cómo se licencia
home-begin-account = Configure cómo cobra
home-begin-member = Invite a un colega o agente
home-begin-license = Emita la primera licencia
home-begin-plugin = Instale un plugin de pago
home-begin-tenant = Abra el primer revendedor
# The search over everything
search-hint = Escriba un nombre, un correo, un NIF, el final de una clave o un id.
search-found = Resultados para “{ $text }”
search-nothing = No se encontró nada para “{ $text }”.
