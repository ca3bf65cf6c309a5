DROP TABLE insurance.way;
