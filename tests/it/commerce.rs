mod conversion;
mod kinds;
mod meters;
mod modules;
mod orders;
mod prices;
mod quotas;
