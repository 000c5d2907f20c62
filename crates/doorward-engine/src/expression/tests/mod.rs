mod corpus;
mod fuzz;
mod kit;
mod pool;
mod reading;
