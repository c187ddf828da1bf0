mod conversion;
mod kinds;
mod meters;
mod modules;
mod prices;
mod quota_races;
mod quotas;
