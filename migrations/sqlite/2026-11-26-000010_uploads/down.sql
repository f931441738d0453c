DROP TABLE dealer_looks;
DROP TABLE upload_lines;
DROP TABLE uploads;
