mod conversion;
mod kinds;
mod meters;
mod modules;
mod plans_bind;
mod prices;
mod quota_races;
mod quotas;
