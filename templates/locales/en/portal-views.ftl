# Lists as somebody keeps them.
views-title = Saved views
views-save = Save this view
views-keep = Save view
views-change = Change this view
views-name = Name of the view
views-share = Share with everybody at my place and below, customers excepted
views-pin = Pin to the first page with the number of rows
views-shared = (shared)
views-pinned = Pinned views
views-delete = Delete this view
views-delete-ask = The view goes for everybody who sees it. What it lists stays.
views-too-many = You keep { $limit } views, and nobody keeps more. Delete one that you no longer need.
done-view-saved = The view is saved.
done-view-changed = The view is changed.
done-view-deleted = The view is deleted.
