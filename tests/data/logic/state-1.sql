-- A workspace's state as the first version of Auspex kept it; the artefact is to be filled in.
pragma user_version = 1;
create table trainings (model text primary key, artefact text not null, as_of integer not null);
create table trained_samples (model text not null, sample text not null, primary key (model, sample)) without rowid;
create table predictions (model text not null, artefact text not null, sample text not null, range_index integer not null,
  analysable text not null, range_name text not null, range_start integer, range_end integer, prediction real not null,
  score real not null, probability real not null, predicted_at integer not null,
  primary key (model, artefact, sample, range_index)) without rowid;
create table first_analyses (model text not null, analysable text not null, time integer not null,
  primary key (model, analysable)) without rowid;
create table evaluations (id integer primary key, model text not null, as_of integer not null, fingerprint text not null,
  result text not null);
insert into trainings values ('logic/early', 'ARTEFACT', 1414368000);
insert into trained_samples values ('logic/early', 'CCC/2013J/101'), ('logic/early', 'CCC/2013J/102'),
  ('logic/early', 'CCC/2014J/208');
insert into predictions values
  ('logic/early', 'ARTEFACT', 'CCC/2014J/201', 0, 'CCC/2014J', '0.25', 1412121600, 1414281600, 0, 0.75, 0.25, 1414368000),
  ('logic/early', 'gone', 'CCC/2014J/201', 0, 'CCC/2014J', '0.25', null, 1414281600, 1, 0.5, 0.5, 1414368000);
insert into first_analyses values ('logic/early', 'CCC/2014J', 1414368000);
insert into evaluations values (1, 'logic/early', 1414368000, 'abcdef0123456789',
  '{"splits":[{"summary":[{"population":"enrolled","score":0.5,"deviation":0.25,"mean":{"roc_auc":0.75}}]}]}');
