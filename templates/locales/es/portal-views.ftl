# Listas tal como alguien las guarda.
views-title = Vistas guardadas
views-save = Guardar esta vista
views-keep = Guardar vista
views-change = Cambiar esta vista
views-name = Nombre de la vista
views-share = Compartir con todos los de mi puesto y los de debajo, salvo los clientes
views-pin = Fijar en la página de inicio con el número de filas
views-shared = (compartida)
views-pinned = Vistas fijadas
views-delete = Eliminar esta vista
views-delete-ask = La vista desaparece para todos los que la ven. Lo que muestra permanece.
views-too-many = Guarda { $limit } vistas, y nadie puede guardar más. Elimine una que ya no necesite.
done-view-saved = La vista se ha guardado.
done-view-changed = La vista se ha cambiado.
done-view-deleted = La vista se ha eliminado.
