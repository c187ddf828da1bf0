mod accounts;
mod people;
mod places;
