# Listas como alguém as guarda.
views-title = Visões salvas
views-save = Salvar esta visão
views-keep = Salvar visão
views-change = Alterar esta visão
views-name = Nome da visão
views-share = Compartilhar com todos do meu local e abaixo dele, exceto clientes
views-pin = Fixar na página inicial com o número de linhas
views-shared = (compartilhada)
views-pinned = Visões fixadas
views-delete = Excluir esta visão
views-delete-ask = A visão some para todos que a veem. O que ela lista permanece.
views-too-many = Você guarda { $limit } visões, e ninguém guarda mais do que isso. Exclua uma de que não precisa mais.
done-view-saved = A visão foi salva.
done-view-changed = A visão foi alterada.
done-view-deleted = A visão foi excluída.
