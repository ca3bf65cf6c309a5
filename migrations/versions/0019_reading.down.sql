DROP TABLE insurance.reading;
