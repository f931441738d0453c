DROP TABLE waiting_stretches;
