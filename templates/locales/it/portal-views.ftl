# Elenchi come qualcuno li conserva.
views-title = Viste salvate
views-save = Salva questa vista
views-keep = Salva vista
views-change = Modifica questa vista
views-name = Nome della vista
views-share = Condividi con tutti nel mio punto e sotto di esso, clienti esclusi
views-pin = Fissa nella pagina iniziale con il numero di righe
views-shared = (condivisa)
views-pinned = Viste fissate
views-delete = Elimina questa vista
views-delete-ask = La vista scompare per tutti quelli che la vedono. Ciò che elenca resta.
views-too-many = Conservi { $limit } viste, e nessuno può averne di più. Elimina una che non ti serve più.
done-view-saved = La vista è stata salvata.
done-view-changed = La vista è stata modificata.
done-view-deleted = La vista è stata eliminata.
