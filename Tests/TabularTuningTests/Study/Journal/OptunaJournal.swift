/// A journal as Optuna 5.0.0 wrote it, worker ids shortened: `create_study` named "golden", with
/// `MedianPruner(1, 0, 1)`; an enqueued trial, seven others of each state, and one from `add_trial`.
let optunaJournal = #"""
  {"op_code":0,"worker_id":"w","study_name":"golden","directions":[1]}
  {"op_code":2,"worker_id":"w","study_id":0,"user_attr":{"note":"s\u00fc\u00df \u2603"}}
  {"op_code":4,"worker_id":"w","study_id":0,"datetime_start":null,"state":4,"value":null,"values":null,"distributions":{},"params":{},"user_attrs":{},"system_attrs":{"fixed_params":{"optimizer":"adam"}},"intermediate_values":{}}
  {"op_code":6,"worker_id":"w","trial_id":0,"state":0,"values":null,"datetime_start":"2026-11-27T16:40:31.554509+00:00"}
  {"op_code":5,"worker_id":"w","trial_id":0,"param_name":"optimizer","param_value_internal":1,"distribution":"{\"name\": \"CategoricalDistribution\", \"attributes\": {\"choices\": [\"sgd\", \"adam\", null, 3]}}"}
  {"op_code":5,"worker_id":"w","trial_id":0,"param_name":"batch_size","param_value_internal":50.0,"distribution":"{\"name\": \"IntDistribution\", \"attributes\": {\"log\": true, \"step\": 1, \"low\": 16, \"high\": 256}}"}
  {"op_code":7,"worker_id":"w","trial_id":0,"step":1,"intermediate_value":0.5}
  {"op_code":7,"worker_id":"w","trial_id":0,"step":2,"intermediate_value":0.25}
  {"op_code":6,"worker_id":"w","trial_id":0,"state":1,"values":[0.25],"datetime_complete":"2026-11-27T16:40:31.574517+00:00"}
  {"op_code":4,"worker_id":"w","study_id":0,"datetime_start":"2026-11-27T16:40:31.578534+00:00"}
  {"op_code":5,"worker_id":"w","trial_id":1,"param_name":"optimizer","param_value_internal":0,"distribution":"{\"name\": \"CategoricalDistribution\", \"attributes\": {\"choices\": [\"sgd\", \"adam\", null, 3]}}"}
  {"op_code":5,"worker_id":"w","trial_id":1,"param_name":"lr","param_value_internal":0.00018924123965722266,"distribution":"{\"name\": \"FloatDistribution\", \"attributes\": {\"step\": null, \"low\": 0.0001, \"high\": 0.1, \"log\": true}}"}
  {"op_code":7,"worker_id":"w","trial_id":1,"step":1,"intermediate_value":1.5}
  {"op_code":7,"worker_id":"w","trial_id":1,"step":2,"intermediate_value":1.25}
  {"op_code":6,"worker_id":"w","trial_id":1,"state":1,"values":[1.25],"datetime_complete":"2026-11-27T16:40:31.598450+00:00"}
  {"op_code":4,"worker_id":"w","study_id":0,"datetime_start":"2026-11-27T16:40:31.602503+00:00"}
  {"op_code":5,"worker_id":"w","trial_id":2,"param_name":"optimizer","param_value_internal":3,"distribution":"{\"name\": \"CategoricalDistribution\", \"attributes\": {\"choices\": [\"sgd\", \"adam\", null, 3]}}"}
  {"op_code":6,"worker_id":"w","trial_id":2,"state":3,"values":null,"datetime_complete":"2026-11-27T16:40:31.610489+00:00"}
  {"op_code":4,"worker_id":"w","study_id":0,"datetime_start":"2026-11-27T16:40:31.618998+00:00"}
  {"op_code":5,"worker_id":"w","trial_id":3,"param_name":"optimizer","param_value_internal":3,"distribution":"{\"name\": \"CategoricalDistribution\", \"attributes\": {\"choices\": [\"sgd\", \"adam\", null, 3]}}"}
  {"op_code":7,"worker_id":"w","trial_id":3,"step":1,"intermediate_value":NaN}
  {"op_code":6,"worker_id":"w","trial_id":3,"state":3,"values":null,"datetime_complete":"2026-11-27T16:40:31.638484+00:00"}
  {"op_code":4,"worker_id":"w","study_id":0,"datetime_start":"2026-11-27T16:40:31.642526+00:00"}
  {"op_code":5,"worker_id":"w","trial_id":4,"param_name":"optimizer","param_value_internal":1,"distribution":"{\"name\": \"CategoricalDistribution\", \"attributes\": {\"choices\": [\"sgd\", \"adam\", null, 3]}}"}
  {"op_code":7,"worker_id":"w","trial_id":4,"step":1,"intermediate_value":-Infinity}
  {"op_code":6,"worker_id":"w","trial_id":4,"state":1,"values":[Infinity],"datetime_complete":"2026-11-27T16:40:31.654440+00:00"}
  {"op_code":4,"worker_id":"w","study_id":0,"datetime_start":"2026-11-27T16:40:31.658476+00:00"}
  {"op_code":5,"worker_id":"w","trial_id":5,"param_name":"optimizer","param_value_internal":3,"distribution":"{\"name\": \"CategoricalDistribution\", \"attributes\": {\"choices\": [\"sgd\", \"adam\", null, 3]}}"}
  {"op_code":7,"worker_id":"w","trial_id":5,"step":1,"intermediate_value":1000000000.0}
  {"op_code":6,"worker_id":"w","trial_id":5,"state":2,"values":[1000000000.0],"datetime_complete":"2026-11-27T16:40:31.684743+00:00"}
  {"op_code":4,"worker_id":"w","study_id":0,"datetime_start":"2026-11-27T16:40:31.686496+00:00","state":1,"value":0.75,"values":null,"datetime_complete":"2026-11-27T16:40:31.686496+00:00","distributions":{"dropout":"{\"name\": \"FloatDistribution\", \"attributes\": {\"step\": null, \"low\": 0.0, \"high\": 0.5, \"log\": false}}"},"params":{"dropout":0.25},"user_attrs":{},"system_attrs":{},"intermediate_values":{"1":0.8,"2":0.75}}
  {"op_code":4,"worker_id":"w","study_id":0,"datetime_start":"2026-11-27T16:40:31.690498+00:00"}

  """#
