CREATE TABLE assignment_turn (
	process_id VARCHAR(80) NOT NULL, 
	node_id VARCHAR(80) NOT NULL, 
	turn INTEGER NOT NULL, 
	served TEXT NOT NULL, 
	tenant_id BIGINT NOT NULL, 
	id BIGINT NOT NULL, 
	created_at DATETIME NOT NULL, 
	created_by BIGINT, 
	updated_at DATETIME NOT NULL, 
	updated_by BIGINT, 
	row_version INTEGER NOT NULL, 
	CONSTRAINT pk_assignment_turn PRIMARY KEY (id), 
	CONSTRAINT uq_assignment_turn_tenant_id_process_id_node_id UNIQUE (tenant_id, process_id, node_id)
)
-- next
CREATE TABLE audit_head (
	seq BIGINT NOT NULL, 
	hash VARCHAR(64) NOT NULL, 
	seal VARCHAR(64) NOT NULL, 
	id BIGINT NOT NULL, 
	tenant_id BIGINT NOT NULL, 
	created_at DATETIME NOT NULL, 
	created_by BIGINT, 
	updated_at DATETIME NOT NULL, 
	updated_by BIGINT, 
	row_version INTEGER NOT NULL, 
	CONSTRAINT pk_audit_head PRIMARY KEY (id), 
	CONSTRAINT uq_audit_head_tenant_id UNIQUE (tenant_id)
)
-- next
CREATE INDEX ix_audit_head_tenant_id ON audit_head (tenant_id)
-- next
CREATE TRIGGER audit_head_forward BEFORE UPDATE ON audit_head
WHEN NEW.seq <= OLD.seq OR NEW.tenant_id <> OLD.tenant_id
BEGIN SELECT RAISE(ABORT, 'an audit head only moves forward'); END
-- next
CREATE TRIGGER audit_head_no_delete BEFORE DELETE ON audit_head
BEGIN SELECT RAISE(ABORT, 'an audit head is never deleted'); END
-- next
CREATE TABLE audit_record (
	seq BIGINT NOT NULL, 
	actor_id BIGINT, 
	actor_name VARCHAR(100) NOT NULL, 
	tag VARCHAR(80) NOT NULL, 
	entity VARCHAR(60), 
	entity_id VARCHAR(60), 
	facts_json TEXT NOT NULL, 
	address VARCHAR(45), 
	previous_hash VARCHAR(64) NOT NULL, 
	hash VARCHAR(64) NOT NULL, 
	id BIGINT NOT NULL, 
	tenant_id BIGINT NOT NULL, 
	created_at DATETIME NOT NULL, 
	created_by BIGINT, 
	updated_at DATETIME NOT NULL, 
	updated_by BIGINT, 
	row_version INTEGER NOT NULL, 
	CONSTRAINT pk_audit_record PRIMARY KEY (id), 
	CONSTRAINT uq_audit_record_tenant_id_seq UNIQUE (tenant_id, seq), 
	CONSTRAINT ck_audit_record_seq_positive CHECK (seq > 0)
)
-- next
CREATE INDEX ix_audit_record_tenant_id ON audit_record (tenant_id)
-- next
CREATE INDEX ix_audit_record_tenant_id_actor_id ON audit_record (tenant_id, actor_id)
-- next
CREATE INDEX ix_audit_record_tenant_id_created_at ON audit_record (tenant_id, created_at)
-- next
CREATE INDEX ix_audit_record_tenant_id_entity_entity_id ON audit_record (tenant_id, entity, entity_id)
-- next
CREATE INDEX ix_audit_record_tenant_id_tag ON audit_record (tenant_id, tag)
-- next
CREATE TRIGGER audit_record_no_update BEFORE UPDATE ON audit_record
BEGIN SELECT RAISE(ABORT, 'audit records are append-only'); END
-- next
CREATE TRIGGER audit_record_no_delete BEFORE DELETE ON audit_record
BEGIN SELECT RAISE(ABORT, 'audit records are append-only'); END
-- next
CREATE TABLE business_parameter (
	name VARCHAR(80) NOT NULL, 
	value TEXT NOT NULL, 
	valid_from DATE NOT NULL, 
	valid_to DATE, 
	source VARCHAR(200) NOT NULL, 
	is_confirmed BOOLEAN NOT NULL, 
	id BIGINT NOT NULL, 
	tenant_id BIGINT NOT NULL, 
	created_at DATETIME NOT NULL, 
	created_by BIGINT, 
	updated_at DATETIME NOT NULL, 
	updated_by BIGINT, 
	row_version INTEGER NOT NULL, 
	CONSTRAINT pk_business_parameter PRIMARY KEY (id), 
	CONSTRAINT uq_business_parameter_tenant_id_name_valid_from UNIQUE (tenant_id, name, valid_from), 
	CONSTRAINT ck_business_parameter_validity CHECK (valid_to IS NULL OR valid_to >= valid_from)
)
-- next
CREATE INDEX ix_business_parameter_name ON business_parameter (name)
-- next
CREATE INDEX ix_business_parameter_tenant_id ON business_parameter (tenant_id)
-- next
CREATE TABLE check_result (
	instance_id BIGINT NOT NULL, 
	task_key VARCHAR(120) NOT NULL, 
	node_id VARCHAR(120) NOT NULL, 
	check_name VARCHAR(200) NOT NULL, 
	code VARCHAR(120) NOT NULL, 
	severity VARCHAR(5) NOT NULL, 
	message TEXT NOT NULL, 
	field VARCHAR(200), 
	seen TEXT NOT NULL, 
	overridden_by BIGINT, 
	override_reason TEXT, 
	at DATETIME NOT NULL, 
	id BIGINT NOT NULL, 
	tenant_id BIGINT NOT NULL, 
	created_at DATETIME NOT NULL, 
	created_by BIGINT, 
	updated_at DATETIME NOT NULL, 
	updated_by BIGINT, 
	row_version INTEGER NOT NULL, 
	CONSTRAINT pk_check_result PRIMARY KEY (id), 
	CONSTRAINT ck_check_result_severity CHECK (severity IN ('BLOCK', 'WARN', 'INFO')), 
	CONSTRAINT ck_check_result_block_stays CHECK (severity <> 'BLOCK' OR overridden_by IS NULL), 
	CONSTRAINT ck_check_result_override_with_reason CHECK ((overridden_by IS NULL) = (override_reason IS NULL))
)
-- next
CREATE INDEX ix_check_result_instance_at ON check_result (instance_id, at)
-- next
CREATE INDEX ix_check_result_task_key ON check_result (task_key)
-- next
CREATE INDEX ix_check_result_tenant_id ON check_result (tenant_id)
-- next
CREATE TABLE committee (
	code VARCHAR(40) NOT NULL, 
	name VARCHAR(80) NOT NULL, 
	kind VARCHAR(40) NOT NULL, 
	chair_id BIGINT NOT NULL, 
	id BIGINT NOT NULL, 
	tenant_id BIGINT NOT NULL, 
	created_at DATETIME NOT NULL, 
	created_by BIGINT, 
	updated_at DATETIME NOT NULL, 
	updated_by BIGINT, 
	row_version INTEGER NOT NULL, 
	CONSTRAINT pk_committee PRIMARY KEY (id), 
	CONSTRAINT uq_committee_tenant_id_code UNIQUE (tenant_id, code)
)
-- next
CREATE INDEX ix_committee_tenant_id ON committee (tenant_id)
-- next
CREATE TABLE contract_void (
	reason TEXT NOT NULL, 
	originals_returned BOOLEAN NOT NULL, 
	voided_at DATETIME NOT NULL, 
	voided_by BIGINT, 
	id BIGINT NOT NULL, 
	tenant_id BIGINT NOT NULL, 
	created_at DATETIME NOT NULL, 
	created_by BIGINT, 
	updated_at DATETIME NOT NULL, 
	updated_by BIGINT, 
	row_version INTEGER NOT NULL, 
	CONSTRAINT pk_contract_void PRIMARY KEY (id), 
	CONSTRAINT ck_contract_void_reason_given CHECK (length(reason) >= 4)
)
-- next
CREATE INDEX ix_contract_void_tenant_id ON contract_void (tenant_id)
-- next
CREATE TABLE customer (
	customer_no VARCHAR(20) NOT NULL, 
	customer_type VARCHAR(40) NOT NULL, 
	name VARCHAR(200) NOT NULL, 
	id_type VARCHAR(40) NOT NULL, 
	id_number TEXT NOT NULL, 
	id_index VARCHAR(64) NOT NULL, 
	customer_class VARCHAR(40) NOT NULL, 
	class_reason VARCHAR(300) NOT NULL, 
	is_sannong BOOLEAN NOT NULL, 
	is_first_guarantee BOOLEAN NOT NULL, 
	is_tech BOOLEAN NOT NULL, 
	is_strategic_emerging BOOLEAN NOT NULL, 
	is_gov_platform BOOLEAN NOT NULL, 
	is_state_owned BOOLEAN NOT NULL, 
	is_related_party BOOLEAN NOT NULL, 
	region_code VARCHAR(6) NOT NULL, 
	industry_code VARCHAR(6) NOT NULL, 
	contact_name VARCHAR(50) NOT NULL, 
	contact_mobile TEXT NOT NULL, 
	black_grey_flag VARCHAR(40) NOT NULL, 
	flag_reason VARCHAR(500), 
	status VARCHAR(40) NOT NULL, 
	merged_into_id BIGINT, 
	id BIGINT NOT NULL, 
	tenant_id BIGINT NOT NULL, 
	created_at DATETIME NOT NULL, 
	created_by BIGINT, 
	updated_at DATETIME NOT NULL, 
	updated_by BIGINT, 
	row_version INTEGER NOT NULL, 
	CONSTRAINT pk_customer PRIMARY KEY (id), 
	CONSTRAINT uq_customer_tenant_id_customer_no UNIQUE (tenant_id, customer_no), 
	CONSTRAINT uq_customer_tenant_id_id_type_id_index UNIQUE (tenant_id, id_type, id_index), 
	CONSTRAINT ck_customer_not_merged_into_itself CHECK (merged_into_id IS NULL OR merged_into_id <> id), 
	CONSTRAINT ck_customer_region_code_length CHECK (length(region_code) = 6), 
	CONSTRAINT ck_customer_black_flag_is_status CHECK ((black_grey_flag = 'BLACK') = (status = 'BLACKLISTED')), 
	CONSTRAINT ck_customer_flag_has_reason CHECK (black_grey_flag = 'NONE' OR flag_reason IS NOT NULL), 
	CONSTRAINT fk_customer_merged_into_id_customer FOREIGN KEY(merged_into_id) REFERENCES customer (id)
)
-- next
CREATE INDEX ix_customer_name ON customer (name)
-- next
CREATE INDEX ix_customer_tenant_id ON customer (tenant_id)
-- next
CREATE INDEX ix_customer_tenant_id_status ON customer (tenant_id, status)
-- next
CREATE TABLE department (
	code VARCHAR(40) NOT NULL, 
	name VARCHAR(100) NOT NULL, 
	parent_id BIGINT, 
	head_id BIGINT, 
	position INTEGER NOT NULL, 
	active BOOLEAN NOT NULL, 
	id BIGINT NOT NULL, 
	tenant_id BIGINT NOT NULL, 
	created_at DATETIME NOT NULL, 
	created_by BIGINT, 
	updated_at DATETIME NOT NULL, 
	updated_by BIGINT, 
	row_version INTEGER NOT NULL, 
	CONSTRAINT pk_department PRIMARY KEY (id), 
	CONSTRAINT uq_department_tenant_id_code UNIQUE (tenant_id, code), 
	CONSTRAINT ck_department_not_its_own_parent CHECK (parent_id <> id), 
	CONSTRAINT fk_department_parent_id_department FOREIGN KEY(parent_id) REFERENCES department (id), 
	CONSTRAINT fk_department_head_id_app_user FOREIGN KEY(head_id) REFERENCES app_user (id)
)
-- next
CREATE INDEX ix_department_parent_id ON department (parent_id)
-- next
CREATE INDEX ix_department_tenant_id ON department (tenant_id)
-- next
CREATE TABLE document (
	doc_no VARCHAR(40) NOT NULL, 
	kind VARCHAR(60) NOT NULL, 
	name VARCHAR(200) NOT NULL, 
	mime VARCHAR(100) NOT NULL, 
	size BIGINT NOT NULL, 
	sha256 VARCHAR(64) NOT NULL, 
	version_no INTEGER NOT NULL, 
	previous_id BIGINT, 
	confidentiality VARCHAR(40) NOT NULL, 
	retention_until DATE, 
	id BIGINT NOT NULL, 
	tenant_id BIGINT NOT NULL, 
	created_at DATETIME NOT NULL, 
	created_by BIGINT, 
	updated_at DATETIME NOT NULL, 
	updated_by BIGINT, 
	row_version INTEGER NOT NULL, 
	CONSTRAINT pk_document PRIMARY KEY (id), 
	CONSTRAINT uq_document_tenant_id_doc_no_version_no UNIQUE (tenant_id, doc_no, version_no), 
	CONSTRAINT ck_document_size_positive CHECK (size > 0), 
	CONSTRAINT ck_document_version_no_positive CHECK (version_no > 0), 
	CONSTRAINT uq_document_previous_id UNIQUE (previous_id), 
	CONSTRAINT fk_document_previous_id_document FOREIGN KEY(previous_id) REFERENCES document (id)
)
-- next
CREATE INDEX ix_document_sha256 ON document (sha256)
-- next
CREATE INDEX ix_document_tenant_id ON document (tenant_id)
-- next
CREATE TABLE idempotency_key (
	"key" VARCHAR(80) NOT NULL, 
	actor_id BIGINT NOT NULL, 
	body_hash VARCHAR(64) NOT NULL, 
	status INTEGER, 
	content_type VARCHAR(100), 
	location VARCHAR(500), 
	body TEXT, 
	created_at DATETIME NOT NULL, 
	id INTEGER NOT NULL, 
	CONSTRAINT pk_idempotency_key PRIMARY KEY (id), 
	CONSTRAINT uq_idempotency_key_actor_id_key UNIQUE (actor_id, "key")
)
-- next
CREATE INDEX ix_idempotency_key_created_at ON idempotency_key (created_at)
-- next
CREATE TABLE institution (
	institution_no VARCHAR(16) NOT NULL, 
	kind VARCHAR(40) NOT NULL, 
	name VARCHAR(200) NOT NULL, 
	short_name VARCHAR(60) NOT NULL, 
	uscc VARCHAR(18), 
	parent_id BIGINT, 
	depth INTEGER NOT NULL, 
	license_no VARCHAR(60), 
	license_expire DATE, 
	rating VARCHAR(10), 
	rating_agency VARCHAR(100), 
	has_gov_background BOOLEAN NOT NULL, 
	admission_status VARCHAR(40) NOT NULL, 
	admitted_on DATE, 
	agreement_no VARCHAR(60), 
	agreement_from DATE, 
	agreement_to DATE, 
	settlement_account TEXT, 
	contact_name VARCHAR(50), 
	contact_phone TEXT, 
	id BIGINT NOT NULL, 
	tenant_id BIGINT NOT NULL, 
	created_at DATETIME NOT NULL, 
	created_by BIGINT, 
	updated_at DATETIME NOT NULL, 
	updated_by BIGINT, 
	row_version INTEGER NOT NULL, 
	CONSTRAINT pk_institution PRIMARY KEY (id), 
	CONSTRAINT uq_institution_tenant_id_institution_no UNIQUE (tenant_id, institution_no), 
	CONSTRAINT uq_institution_tenant_id_name UNIQUE (tenant_id, name), 
	CONSTRAINT ck_institution_tree_depth CHECK (depth BETWEEN 1 AND 5), 
	CONSTRAINT ck_institution_not_its_own_parent CHECK (parent_id IS NULL OR parent_id <> id), 
	CONSTRAINT ck_institution_admitted_with_agreement CHECK (admission_status <> 'ADMITTED' OR kind = 'OWN_COMPANY' OR (admitted_on IS NOT NULL AND agreement_no IS NOT NULL AND agreement_from IS NOT NULL)), 
	CONSTRAINT ck_institution_guarantor_has_license CHECK (kind <> 'PARTNER_GUARANTOR' OR license_no IS NOT NULL), 
	CONSTRAINT ck_institution_agreement_order CHECK (agreement_to IS NULL OR agreement_from IS NULL OR agreement_to >= agreement_from), 
	CONSTRAINT fk_institution_parent_id_institution FOREIGN KEY(parent_id) REFERENCES institution (id)
)
-- next
CREATE INDEX ix_institution_tenant_id ON institution (tenant_id)
-- next
CREATE UNIQUE INDEX uq_institution_own_company ON institution (tenant_id) WHERE kind = 'OWN_COMPANY'
-- next
CREATE TABLE job (
	tenant_id BIGINT NOT NULL, 
	kind VARCHAR(80) NOT NULL, 
	"key" VARCHAR(120), 
	payload TEXT NOT NULL, 
	state VARCHAR(40) NOT NULL, 
	run_at DATETIME NOT NULL, 
	lease_until DATETIME, 
	fence INTEGER NOT NULL, 
	tries INTEGER NOT NULL, 
	max_tries INTEGER NOT NULL, 
	schedule_due DATETIME, 
	done_count INTEGER NOT NULL, 
	total_count INTEGER NOT NULL, 
	error VARCHAR(500), 
	error_detail TEXT, 
	created_at DATETIME NOT NULL, 
	created_by BIGINT, 
	started_at DATETIME, 
	ended_at DATETIME, 
	id INTEGER NOT NULL, 
	CONSTRAINT pk_job PRIMARY KEY (id), 
	CONSTRAINT uq_job_kind_tenant_id_schedule_due UNIQUE (kind, tenant_id, schedule_due), 
	CONSTRAINT ck_job_tries_not_negative CHECK (tries >= 0), 
	CONSTRAINT ck_job_fence_positive CHECK (fence > 0)
)
-- next
CREATE INDEX ix_job_due ON job (state, run_at)
-- next
CREATE INDEX ix_job_tenant_created ON job (tenant_id, created_at)
-- next
CREATE UNIQUE INDEX uq_job_open_key ON job (kind, tenant_id, "key") WHERE state IN ('WAITING', 'RUNNING')
-- next
CREATE TABLE list_view (
	user_id BIGINT NOT NULL, 
	list_name VARCHAR(20) NOT NULL, 
	name VARCHAR(40) NOT NULL, 
	role VARCHAR(40), 
	arguments TEXT NOT NULL, 
	columns TEXT NOT NULL, 
	is_default BOOLEAN NOT NULL, 
	id BIGINT NOT NULL, 
	tenant_id BIGINT NOT NULL, 
	created_at DATETIME NOT NULL, 
	created_by BIGINT, 
	updated_at DATETIME NOT NULL, 
	updated_by BIGINT, 
	row_version INTEGER NOT NULL, 
	CONSTRAINT pk_list_view PRIMARY KEY (id), 
	CONSTRAINT uq_list_view_user_id_list_name_name UNIQUE (user_id, list_name, name)
)
-- next
CREATE INDEX ix_list_view_role ON list_view (tenant_id, role, list_name)
-- next
CREATE INDEX ix_list_view_tenant_id ON list_view (tenant_id)
-- next
CREATE TABLE migration_plan (
	target_release_id BIGINT NOT NULL, 
	process_id VARCHAR(80), 
	mapping TEXT NOT NULL, 
	note TEXT NOT NULL, 
	total INTEGER NOT NULL, 
	started_by BIGINT, 
	started_by_name VARCHAR(80) NOT NULL, 
	started_at DATETIME NOT NULL, 
	finished_at DATETIME, 
	id BIGINT NOT NULL, 
	tenant_id BIGINT NOT NULL, 
	created_at DATETIME NOT NULL, 
	created_by BIGINT, 
	updated_at DATETIME NOT NULL, 
	updated_by BIGINT, 
	row_version INTEGER NOT NULL, 
	CONSTRAINT pk_migration_plan PRIMARY KEY (id)
)
-- next
CREATE INDEX ix_migration_plan_target_release_id ON migration_plan (target_release_id)
-- next
CREATE INDEX ix_migration_plan_tenant_id ON migration_plan (tenant_id)
-- next
CREATE TABLE notice (
	user_id BIGINT NOT NULL, 
	kind VARCHAR(40) NOT NULL, 
	title VARCHAR(200) NOT NULL, 
	body TEXT NOT NULL, 
	link VARCHAR(500), 
	read_at DATETIME, 
	id BIGINT NOT NULL, 
	tenant_id BIGINT NOT NULL, 
	created_at DATETIME NOT NULL, 
	created_by BIGINT, 
	updated_at DATETIME NOT NULL, 
	updated_by BIGINT, 
	row_version INTEGER NOT NULL, 
	CONSTRAINT pk_notice PRIMARY KEY (id), 
	CONSTRAINT ck_notice_link_is_ours CHECK (link IS NULL OR (link LIKE '/%' AND link NOT LIKE '//%'))
)
-- next
CREATE INDEX ix_notice_inbox ON notice (user_id, read_at, created_at)
-- next
CREATE INDEX ix_notice_tenant_id ON notice (tenant_id)
-- next
CREATE TABLE number_series (
	series VARCHAR(80) NOT NULL, 
	last_number INTEGER NOT NULL, 
	id BIGINT NOT NULL, 
	tenant_id BIGINT NOT NULL, 
	created_at DATETIME NOT NULL, 
	created_by BIGINT, 
	updated_at DATETIME NOT NULL, 
	updated_by BIGINT, 
	row_version INTEGER NOT NULL, 
	CONSTRAINT pk_number_series PRIMARY KEY (id), 
	CONSTRAINT uq_number_series_tenant_id_series UNIQUE (tenant_id, series), 
	CONSTRAINT ck_number_series_last_number_not_negative CHECK (last_number >= 0)
)
-- next
CREATE INDEX ix_number_series_tenant_id ON number_series (tenant_id)
-- next
CREATE TABLE process_instance (
	release_id BIGINT NOT NULL, 
	process_id VARCHAR(80) NOT NULL, 
	process_label VARCHAR(120) NOT NULL, 
	business_key VARCHAR(40), 
	title VARCHAR(300) NOT NULL, 
	amount_fen BIGINT, 
	status VARCHAR(40) NOT NULL, 
	state BLOB NOT NULL, 
	data TEXT NOT NULL, 
	parent_instance_id BIGINT, 
	started_by BIGINT, 
	started_at DATETIME NOT NULL, 
	ended_at DATETIME, 
	end_node VARCHAR(80), 
	suspended_at DATETIME, 
	recused TEXT NOT NULL, 
	tenant_id BIGINT NOT NULL, 
	id BIGINT NOT NULL, 
	created_at DATETIME NOT NULL, 
	created_by BIGINT, 
	updated_at DATETIME NOT NULL, 
	updated_by BIGINT, 
	row_version INTEGER NOT NULL, 
	CONSTRAINT pk_process_instance PRIMARY KEY (id)
)
-- next
CREATE INDEX ix_process_instance_business_key ON process_instance (business_key)
-- next
CREATE INDEX ix_process_instance_process_id ON process_instance (process_id)
-- next
CREATE INDEX ix_process_instance_release_id ON process_instance (release_id)
-- next
CREATE INDEX ix_process_instance_started ON process_instance (tenant_id, started_by, started_at, id)
-- next
CREATE INDEX ix_process_instance_tenant_status ON process_instance (tenant_id, status)
-- next
CREATE TABLE product (
	code VARCHAR(40) NOT NULL, 
	name VARCHAR(120) NOT NULL, 
	business_line VARCHAR(40) NOT NULL, 
	nature VARCHAR(40) NOT NULL, 
	liability_kind VARCHAR(20) NOT NULL, 
	min_amount_fen BIGINT NOT NULL, 
	max_amount_fen BIGINT NOT NULL, 
	max_term_months INTEGER NOT NULL, 
	min_fee_rate VARCHAR(11) NOT NULL, 
	max_fee_rate VARCHAR(11) NOT NULL, 
	fee_method VARCHAR(20) NOT NULL, 
	process_id VARCHAR(80) NOT NULL, 
	is_standard BOOLEAN NOT NULL, 
	required_documents TEXT NOT NULL, 
	active_from DATE NOT NULL, 
	active_to DATE, 
	id BIGINT NOT NULL, 
	tenant_id BIGINT NOT NULL, 
	created_at DATETIME NOT NULL, 
	created_by BIGINT, 
	updated_at DATETIME NOT NULL, 
	updated_by BIGINT, 
	row_version INTEGER NOT NULL, 
	CONSTRAINT pk_product PRIMARY KEY (id), 
	CONSTRAINT uq_product_tenant_id_code UNIQUE (tenant_id, code), 
	CONSTRAINT ck_product_amount_range CHECK (min_amount_fen > 0 AND min_amount_fen <= max_amount_fen), 
	CONSTRAINT ck_product_term CHECK (max_term_months > 0), 
	CONSTRAINT ck_product_fee_rate_range CHECK (CAST(max_fee_rate AS NUMERIC) >= CAST(min_fee_rate AS NUMERIC)), 
	CONSTRAINT ck_product_fee_rate_not_negative CHECK (CAST(min_fee_rate AS NUMERIC) >= 0), 
	CONSTRAINT ck_product_activity CHECK (active_to IS NULL OR active_to >= active_from)
)
-- next
CREATE INDEX ix_product_tenant_id ON product (tenant_id)
-- next
CREATE TABLE release (
	hash VARCHAR(64) NOT NULL, 
	label VARCHAR(80) NOT NULL, 
	note TEXT NOT NULL, 
	status VARCHAR(40) NOT NULL, 
	author_id BIGINT, 
	author_name VARCHAR(80) NOT NULL, 
	created_at DATETIME NOT NULL, 
	activated_at DATETIME, 
	activated_by VARCHAR(80), 
	former_id BIGINT, 
	approved_by_id BIGINT, 
	approved_by VARCHAR(80), 
	approved_at DATETIME, 
	scheduled_at DATETIME, 
	scheduled_by VARCHAR(80), 
	retired_at DATETIME, 
	retired_by VARCHAR(80), 
	id INTEGER NOT NULL, 
	CONSTRAINT pk_release PRIMARY KEY (id), 
	CONSTRAINT uq_release_hash UNIQUE (hash)
)
-- next
CREATE UNIQUE INDEX uq_release_one_active ON release (status) WHERE status = 'ACTIVE'
-- next
CREATE TABLE release_content (
	sha256 VARCHAR(64) NOT NULL, 
	size INTEGER NOT NULL, 
	content BLOB NOT NULL, 
	CONSTRAINT pk_release_content PRIMARY KEY (sha256)
)
-- next
CREATE TABLE release_policy (
	name VARCHAR(20) NOT NULL, 
	needs_approval BOOLEAN NOT NULL, 
	id INTEGER NOT NULL, 
	CONSTRAINT pk_release_policy PRIMARY KEY (id), 
	CONSTRAINT uq_release_policy_name UNIQUE (name)
)
-- next
CREATE TABLE risk_share_scheme (
	code VARCHAR(20) NOT NULL, 
	version INTEGER NOT NULL, 
	name VARCHAR(120) NOT NULL, 
	is_frozen BOOLEAN NOT NULL, 
	active_from DATE NOT NULL, 
	active_to DATE, 
	id BIGINT NOT NULL, 
	tenant_id BIGINT NOT NULL, 
	created_at DATETIME NOT NULL, 
	created_by BIGINT, 
	updated_at DATETIME NOT NULL, 
	updated_by BIGINT, 
	row_version INTEGER NOT NULL, 
	CONSTRAINT pk_risk_share_scheme PRIMARY KEY (id), 
	CONSTRAINT uq_risk_share_scheme_tenant_id_code_version UNIQUE (tenant_id, code, version), 
	CONSTRAINT ck_risk_share_scheme_version_positive CHECK (version > 0), 
	CONSTRAINT ck_risk_share_scheme_activity CHECK (active_to IS NULL OR active_to >= active_from)
)
-- next
CREATE INDEX ix_risk_share_scheme_tenant_id ON risk_share_scheme (tenant_id)
-- next
CREATE TABLE role (
	code VARCHAR(40) NOT NULL, 
	name VARCHAR(100) NOT NULL, 
	description VARCHAR(500) NOT NULL, 
	active BOOLEAN NOT NULL, 
	id BIGINT NOT NULL, 
	tenant_id BIGINT NOT NULL, 
	created_at DATETIME NOT NULL, 
	created_by BIGINT, 
	updated_at DATETIME NOT NULL, 
	updated_by BIGINT, 
	row_version INTEGER NOT NULL, 
	CONSTRAINT pk_role PRIMARY KEY (id), 
	CONSTRAINT uq_role_tenant_id_code UNIQUE (tenant_id, code)
)
-- next
CREATE INDEX ix_role_tenant_id ON role (tenant_id)
-- next
CREATE TABLE sign_in_throttle (
	"key" VARCHAR(64) NOT NULL, 
	kind VARCHAR(40) NOT NULL, 
	failures INTEGER NOT NULL, 
	last_failed_at DATETIME NOT NULL, 
	blocked_until DATETIME, 
	id INTEGER NOT NULL, 
	CONSTRAINT pk_sign_in_throttle PRIMARY KEY (id), 
	CONSTRAINT ck_sign_in_throttle_failures_not_negative CHECK (failures >= 0), 
	CONSTRAINT uq_sign_in_throttle_key UNIQUE ("key")
)
-- next
CREATE INDEX ix_sign_in_throttle_last_failed_at ON sign_in_throttle (last_failed_at)
-- next
CREATE TABLE sms_message (
	mobile TEXT NOT NULL, 
	mobile_index VARCHAR(64) NOT NULL, 
	template_code VARCHAR(80) NOT NULL, 
	variables TEXT NOT NULL, 
	ref VARCHAR(120) NOT NULL, 
	status VARCHAR(40) NOT NULL, 
	provider_id VARCHAR(120), 
	attempts INTEGER NOT NULL, 
	sent_at DATETIME, 
	id BIGINT NOT NULL, 
	tenant_id BIGINT NOT NULL, 
	created_at DATETIME NOT NULL, 
	created_by BIGINT, 
	updated_at DATETIME NOT NULL, 
	updated_by BIGINT, 
	row_version INTEGER NOT NULL, 
	CONSTRAINT pk_sms_message PRIMARY KEY (id), 
	CONSTRAINT uq_sms_message_tenant_id_ref UNIQUE (tenant_id, ref)
)
-- next
CREATE INDEX ix_sms_message_mobile_index ON sms_message (mobile_index)
-- next
CREATE INDEX ix_sms_message_tenant_id ON sms_message (tenant_id)
-- next
CREATE TABLE standard_phrase (
	user_id BIGINT NOT NULL, 
	words VARCHAR(200) NOT NULL, 
	id BIGINT NOT NULL, 
	tenant_id BIGINT NOT NULL, 
	created_at DATETIME NOT NULL, 
	created_by BIGINT, 
	updated_at DATETIME NOT NULL, 
	updated_by BIGINT, 
	row_version INTEGER NOT NULL, 
	CONSTRAINT pk_standard_phrase PRIMARY KEY (id), 
	CONSTRAINT uq_standard_phrase_user_id_words UNIQUE (user_id, words)
)
-- next
CREATE INDEX ix_standard_phrase_tenant_id ON standard_phrase (tenant_id)
-- next
CREATE INDEX ix_standard_phrase_user_id ON standard_phrase (user_id)
-- next
CREATE TABLE task_batch (
	kind VARCHAR(40) NOT NULL, 
	words TEXT NOT NULL, 
	to_user_id BIGINT, 
	asked_by BIGINT NOT NULL, 
	asked_at DATETIME NOT NULL, 
	finished_at DATETIME, 
	id BIGINT NOT NULL, 
	tenant_id BIGINT NOT NULL, 
	created_at DATETIME NOT NULL, 
	created_by BIGINT, 
	updated_at DATETIME NOT NULL, 
	updated_by BIGINT, 
	row_version INTEGER NOT NULL, 
	CONSTRAINT pk_task_batch PRIMARY KEY (id)
)
-- next
CREATE INDEX ix_task_batch_asked_by ON task_batch (asked_by)
-- next
CREATE INDEX ix_task_batch_tenant_id ON task_batch (tenant_id)
-- next
CREATE TABLE tenant (
	code VARCHAR(40) NOT NULL, 
	name VARCHAR(200) NOT NULL, 
	active BOOLEAN NOT NULL, 
	id INTEGER NOT NULL, 
	CONSTRAINT pk_tenant PRIMARY KEY (id), 
	CONSTRAINT uq_tenant_code UNIQUE (code)
)
-- next
CREATE TABLE timed_start (
	release_id BIGINT NOT NULL, 
	process_id VARCHAR(80) NOT NULL, 
	node_id VARCHAR(80) NOT NULL, 
	drawn TEXT NOT NULL, 
	due_at DATETIME NOT NULL, 
	cycle TEXT, 
	turns_left INTEGER, 
	done_at DATETIME, 
	cancelled_at DATETIME, 
	instance_id BIGINT, 
	tenant_id BIGINT NOT NULL, 
	id BIGINT NOT NULL, 
	created_at DATETIME NOT NULL, 
	created_by BIGINT, 
	updated_at DATETIME NOT NULL, 
	updated_by BIGINT, 
	row_version INTEGER NOT NULL, 
	CONSTRAINT pk_timed_start PRIMARY KEY (id), 
	CONSTRAINT uq_timed_start_tenant_id_process_id_node_id_due_at UNIQUE (tenant_id, process_id, node_id, due_at)
)
-- next
CREATE INDEX ix_timed_start_standing ON timed_start (tenant_id, done_at, cancelled_at)
-- next
CREATE TABLE work_calendar (
	date DATE NOT NULL, 
	is_workday BOOLEAN NOT NULL, 
	note VARCHAR(60) NOT NULL, 
	id INTEGER NOT NULL, 
	CONSTRAINT pk_work_calendar PRIMARY KEY (id), 
	CONSTRAINT uq_work_calendar_date UNIQUE (date)
)
-- next
CREATE TABLE work_calendar_version (
	version INTEGER NOT NULL, 
	id INTEGER NOT NULL, 
	CONSTRAINT pk_work_calendar_version PRIMARY KEY (id)
)
-- next
CREATE TABLE app_user (
	email VARCHAR(200) NOT NULL, 
	name VARCHAR(100) NOT NULL, 
	password VARCHAR(255) NOT NULL, 
	active BOOLEAN NOT NULL, 
	fs_uniquifier VARCHAR(64) NOT NULL, 
	mobile TEXT, 
	department_id BIGINT, 
	institution_id BIGINT, 
	superior_id BIGINT, 
	must_change_password BOOLEAN NOT NULL, 
	password_changed_at DATETIME NOT NULL, 
	last_sign_in_at DATETIME, 
	id BIGINT NOT NULL, 
	tenant_id BIGINT NOT NULL, 
	created_at DATETIME NOT NULL, 
	created_by BIGINT, 
	updated_at DATETIME NOT NULL, 
	updated_by BIGINT, 
	row_version INTEGER NOT NULL, 
	CONSTRAINT pk_app_user PRIMARY KEY (id), 
	CONSTRAINT ck_app_user_not_ones_own_superior CHECK (superior_id <> id), 
	CONSTRAINT uq_app_user_email UNIQUE (email), 
	CONSTRAINT uq_app_user_fs_uniquifier UNIQUE (fs_uniquifier), 
	CONSTRAINT fk_app_user_department_id_department FOREIGN KEY(department_id) REFERENCES department (id), 
	CONSTRAINT fk_app_user_superior_id_app_user FOREIGN KEY(superior_id) REFERENCES app_user (id)
)
-- next
CREATE INDEX ix_app_user_department_id ON app_user (department_id)
-- next
CREATE INDEX ix_app_user_institution_id ON app_user (institution_id)
-- next
CREATE INDEX ix_app_user_tenant_id ON app_user (tenant_id)
-- next
CREATE TABLE capital_position (
	institution_id BIGINT NOT NULL, 
	as_of DATE NOT NULL, 
	net_assets_fen BIGINT NOT NULL, 
	equity_in_guarantors_fen BIGINT NOT NULL, 
	source VARCHAR(200) NOT NULL, 
	id BIGINT NOT NULL, 
	tenant_id BIGINT NOT NULL, 
	created_at DATETIME NOT NULL, 
	created_by BIGINT, 
	updated_at DATETIME NOT NULL, 
	updated_by BIGINT, 
	row_version INTEGER NOT NULL, 
	CONSTRAINT pk_capital_position PRIMARY KEY (id), 
	CONSTRAINT uq_capital_position_institution_id_as_of UNIQUE (institution_id, as_of), 
	CONSTRAINT ck_capital_position_equity_not_negative CHECK (equity_in_guarantors_fen >= 0), 
	CONSTRAINT fk_capital_position_institution_id_institution FOREIGN KEY(institution_id) REFERENCES institution (id)
)
-- next
CREATE INDEX ix_capital_position_tenant_id ON capital_position (tenant_id)
-- next
CREATE TABLE case_fact (
	instance_id BIGINT NOT NULL, 
	name VARCHAR(40) NOT NULL, 
	text_value VARCHAR(200), 
	number_value BIGINT, 
	date_value DATE, 
	tenant_id BIGINT NOT NULL, 
	id BIGINT NOT NULL, 
	created_at DATETIME NOT NULL, 
	created_by BIGINT, 
	updated_at DATETIME NOT NULL, 
	updated_by BIGINT, 
	row_version INTEGER NOT NULL, 
	CONSTRAINT pk_case_fact PRIMARY KEY (id), 
	CONSTRAINT fk_case_fact_instance_id_process_instance FOREIGN KEY(instance_id) REFERENCES process_instance (id)
)
-- next
CREATE INDEX ix_case_fact_date ON case_fact (tenant_id, name, date_value, instance_id) WHERE date_value IS NOT NULL
-- next
CREATE INDEX ix_case_fact_date_of_case ON case_fact (instance_id) WHERE false
-- next
CREATE INDEX ix_case_fact_number ON case_fact (tenant_id, name, number_value, instance_id) WHERE number_value IS NOT NULL
-- next
CREATE INDEX ix_case_fact_number_of_case ON case_fact (instance_id) WHERE false
-- next
CREATE INDEX ix_case_fact_text ON case_fact (tenant_id, name, text_value, instance_id) WHERE text_value IS NOT NULL
-- next
CREATE INDEX ix_case_fact_text_of_case ON case_fact (instance_id) WHERE false
-- next
CREATE UNIQUE INDEX uq_case_fact_instance_name ON case_fact (tenant_id, instance_id, name)
-- next
CREATE TABLE committee_member (
	committee_id BIGINT NOT NULL, 
	user_id BIGINT NOT NULL, 
	expertise VARCHAR(80) NOT NULL, 
	is_external BOOLEAN NOT NULL, 
	weight INTEGER NOT NULL, 
	valid_from DATE NOT NULL, 
	valid_to DATE, 
	id BIGINT NOT NULL, 
	tenant_id BIGINT NOT NULL, 
	created_at DATETIME NOT NULL, 
	created_by BIGINT, 
	updated_at DATETIME NOT NULL, 
	updated_by BIGINT, 
	row_version INTEGER NOT NULL, 
	CONSTRAINT pk_committee_member PRIMARY KEY (id), 
	CONSTRAINT uq_committee_member_committee_id_user_id UNIQUE (committee_id, user_id), 
	CONSTRAINT ck_committee_member_weight_positive CHECK (weight > 0), 
	CONSTRAINT fk_committee_member_committee_id_committee FOREIGN KEY(committee_id) REFERENCES committee (id)
)
-- next
CREATE INDEX ix_committee_member_tenant_id ON committee_member (tenant_id)
-- next
CREATE TABLE credit_auth (
	customer_id BIGINT NOT NULL, 
	document_id BIGINT NOT NULL, 
	scope VARCHAR(60) NOT NULL, 
	valid_from DATE NOT NULL, 
	valid_to DATE, 
	revoked_at DATETIME, 
	revoked_by BIGINT, 
	id BIGINT NOT NULL, 
	tenant_id BIGINT NOT NULL, 
	created_at DATETIME NOT NULL, 
	created_by BIGINT, 
	updated_at DATETIME NOT NULL, 
	updated_by BIGINT, 
	row_version INTEGER NOT NULL, 
	CONSTRAINT pk_credit_auth PRIMARY KEY (id), 
	CONSTRAINT uq_credit_auth_customer_id_document_id UNIQUE (customer_id, document_id), 
	CONSTRAINT ck_credit_auth_validity_order CHECK (valid_to IS NULL OR valid_to >= valid_from), 
	CONSTRAINT fk_credit_auth_customer_id_customer FOREIGN KEY(customer_id) REFERENCES customer (id), 
	CONSTRAINT fk_credit_auth_document_id_document FOREIGN KEY(document_id) REFERENCES document (id)
)
-- next
CREATE INDEX ix_credit_auth_customer_id ON credit_auth (customer_id)
-- next
CREATE INDEX ix_credit_auth_tenant_id ON credit_auth (tenant_id)
-- next
CREATE TABLE customer_name_history (
	customer_id BIGINT NOT NULL, 
	name VARCHAR(200) NOT NULL, 
	until_date DATE NOT NULL, 
	reason VARCHAR(300) NOT NULL, 
	id BIGINT NOT NULL, 
	tenant_id BIGINT NOT NULL, 
	created_at DATETIME NOT NULL, 
	created_by BIGINT, 
	updated_at DATETIME NOT NULL, 
	updated_by BIGINT, 
	row_version INTEGER NOT NULL, 
	CONSTRAINT pk_customer_name_history PRIMARY KEY (id), 
	CONSTRAINT fk_customer_name_history_customer_id_customer FOREIGN KEY(customer_id) REFERENCES customer (id)
)
-- next
CREATE INDEX ix_customer_name_history_customer_id ON customer_name_history (customer_id)
-- next
CREATE INDEX ix_customer_name_history_tenant_id ON customer_name_history (tenant_id)
-- next
CREATE TABLE decision_reason (
	instance_id BIGINT NOT NULL, 
	seq INTEGER NOT NULL, 
	kind VARCHAR(40) NOT NULL, 
	node_id VARCHAR(80) NOT NULL, 
	node_name VARCHAR(120) NOT NULL, 
	process_id VARCHAR(80) NOT NULL, 
	facts TEXT NOT NULL, 
	trace TEXT NOT NULL, 
	at DATETIME NOT NULL, 
	tenant_id BIGINT NOT NULL, 
	id BIGINT NOT NULL, 
	created_at DATETIME NOT NULL, 
	created_by BIGINT, 
	updated_at DATETIME NOT NULL, 
	updated_by BIGINT, 
	row_version INTEGER NOT NULL, 
	CONSTRAINT pk_decision_reason PRIMARY KEY (id), 
	CONSTRAINT uq_decision_reason_instance_id_seq UNIQUE (instance_id, seq), 
	CONSTRAINT fk_decision_reason_instance_id_process_instance FOREIGN KEY(instance_id) REFERENCES process_instance (id)
)
-- next
CREATE TABLE document_link (
	document_id BIGINT NOT NULL, 
	entity VARCHAR(60) NOT NULL, 
	entity_id BIGINT NOT NULL, 
	id BIGINT NOT NULL, 
	tenant_id BIGINT NOT NULL, 
	created_at DATETIME NOT NULL, 
	created_by BIGINT, 
	updated_at DATETIME NOT NULL, 
	updated_by BIGINT, 
	row_version INTEGER NOT NULL, 
	CONSTRAINT pk_document_link PRIMARY KEY (id), 
	CONSTRAINT uq_document_link_document_id_entity_entity_id UNIQUE (document_id, entity, entity_id), 
	CONSTRAINT fk_document_link_document_id_document FOREIGN KEY(document_id) REFERENCES document (id)
)
-- next
CREATE INDEX ix_document_link_entity ON document_link (entity, entity_id)
-- next
CREATE INDEX ix_document_link_tenant_id ON document_link (tenant_id)
-- next
CREATE TABLE enterprise_detail (
	customer_id BIGINT NOT NULL, 
	uscc VARCHAR(18) NOT NULL, 
	zhongzheng_code VARCHAR(16), 
	reg_no VARCHAR(30), 
	legal_rep_name VARCHAR(50) NOT NULL, 
	legal_rep_id TEXT, 
	reg_capital_fen BIGINT, 
	paid_capital_fen BIGINT, 
	currency VARCHAR(3) NOT NULL, 
	establish_date DATE NOT NULL, 
	business_term_from DATE, 
	business_term_to DATE, 
	reg_status VARCHAR(40) NOT NULL, 
	reg_status_text VARCHAR(40) NOT NULL, 
	org_type VARCHAR(60), 
	reg_address VARCHAR(300) NOT NULL, 
	office_address VARCHAR(300), 
	business_scope TEXT, 
	is_self_employed BOOLEAN NOT NULL, 
	employee_count INTEGER, 
	annual_revenue_fen BIGINT, 
	total_assets_fen BIGINT, 
	figures_as_of DATE, 
	basic_account_bank VARCHAR(100), 
	basic_account_no TEXT, 
	taxpayer_grade VARCHAR(1), 
	id BIGINT NOT NULL, 
	tenant_id BIGINT NOT NULL, 
	created_at DATETIME NOT NULL, 
	created_by BIGINT, 
	updated_at DATETIME NOT NULL, 
	updated_by BIGINT, 
	row_version INTEGER NOT NULL, 
	CONSTRAINT pk_enterprise_detail PRIMARY KEY (id), 
	CONSTRAINT uq_enterprise_detail_tenant_id_uscc UNIQUE (tenant_id, uscc), 
	CONSTRAINT ck_enterprise_detail_uscc_length CHECK (length(uscc) = 18), 
	CONSTRAINT ck_enterprise_detail_employee_count_not_negative CHECK (employee_count IS NULL OR employee_count >= 0), 
	CONSTRAINT ck_enterprise_detail_revenue_not_negative CHECK (annual_revenue_fen IS NULL OR annual_revenue_fen >= 0), 
	CONSTRAINT ck_enterprise_detail_assets_not_negative CHECK (total_assets_fen IS NULL OR total_assets_fen >= 0), 
	CONSTRAINT ck_enterprise_detail_taxpayer_grade CHECK (taxpayer_grade IS NULL OR taxpayer_grade IN ('A','B','C','D','M')), 
	CONSTRAINT ck_enterprise_detail_business_term_order CHECK (business_term_to IS NULL OR business_term_from IS NULL OR business_term_to > business_term_from), 
	CONSTRAINT uq_enterprise_detail_customer_id UNIQUE (customer_id), 
	CONSTRAINT fk_enterprise_detail_customer_id_customer FOREIGN KEY(customer_id) REFERENCES customer (id)
)
-- next
CREATE INDEX ix_enterprise_detail_tenant_id ON enterprise_detail (tenant_id)
-- next
CREATE TABLE event_subscription (
	instance_id BIGINT NOT NULL, 
	engine_task_id VARCHAR(160) NOT NULL, 
	kind VARCHAR(12) NOT NULL, 
	name VARCHAR(120) NOT NULL, 
	correlation VARCHAR(120), 
	node_id VARCHAR(80) NOT NULL, 
	tenant_id BIGINT NOT NULL, 
	id BIGINT NOT NULL, 
	created_at DATETIME NOT NULL, 
	created_by BIGINT, 
	updated_at DATETIME NOT NULL, 
	updated_by BIGINT, 
	row_version INTEGER NOT NULL, 
	CONSTRAINT pk_event_subscription PRIMARY KEY (id), 
	CONSTRAINT uq_event_subscription_instance_id_engine_task_id_name UNIQUE (instance_id, engine_task_id, name), 
	CONSTRAINT fk_event_subscription_instance_id_process_instance FOREIGN KEY(instance_id) REFERENCES process_instance (id)
)
-- next
CREATE INDEX ix_event_subscription_instance_id ON event_subscription (instance_id)
-- next
CREATE INDEX ix_event_subscription_name_correlation ON event_subscription (name, correlation)
-- next
CREATE TABLE financial_statement (
	customer_id BIGINT NOT NULL, 
	period_end DATE NOT NULL, 
	period_kind VARCHAR(40) NOT NULL, 
	version INTEGER NOT NULL, 
	is_audited BOOLEAN NOT NULL, 
	total_assets_fen BIGINT NOT NULL, 
	total_liabilities_fen BIGINT NOT NULL, 
	equity_fen BIGINT NOT NULL, 
	revenue_fen BIGINT NOT NULL, 
	net_profit_fen BIGINT NOT NULL, 
	operating_cash_fen BIGINT, 
	source VARCHAR(40) NOT NULL, 
	id BIGINT NOT NULL, 
	tenant_id BIGINT NOT NULL, 
	created_at DATETIME NOT NULL, 
	created_by BIGINT, 
	updated_at DATETIME NOT NULL, 
	updated_by BIGINT, 
	row_version INTEGER NOT NULL, 
	CONSTRAINT pk_financial_statement PRIMARY KEY (id), 
	CONSTRAINT uq_financial_statement_customer_id_period_end_period_kind_version UNIQUE (customer_id, period_end, period_kind, version), 
	CONSTRAINT ck_financial_statement_balances CHECK (abs(total_assets_fen - total_liabilities_fen - equity_fen) <= 100), 
	CONSTRAINT ck_financial_statement_totals_not_negative CHECK (total_assets_fen >= 0 AND total_liabilities_fen >= 0), 
	CONSTRAINT ck_financial_statement_version_positive CHECK (version > 0), 
	CONSTRAINT fk_financial_statement_customer_id_customer FOREIGN KEY(customer_id) REFERENCES customer (id)
)
-- next
CREATE INDEX ix_financial_statement_tenant_id ON financial_statement (tenant_id)
-- next
CREATE TABLE follow (
	instance_id BIGINT NOT NULL, 
	user_id BIGINT NOT NULL, 
	since DATETIME NOT NULL, 
	tenant_id BIGINT NOT NULL, 
	id BIGINT NOT NULL, 
	created_at DATETIME NOT NULL, 
	created_by BIGINT, 
	updated_at DATETIME NOT NULL, 
	updated_by BIGINT, 
	row_version INTEGER NOT NULL, 
	CONSTRAINT pk_follow PRIMARY KEY (id), 
	CONSTRAINT uq_follow_instance_id_user_id UNIQUE (instance_id, user_id), 
	CONSTRAINT fk_follow_instance_id_process_instance FOREIGN KEY(instance_id) REFERENCES process_instance (id)
)
-- next
CREATE INDEX ix_follow_tenant_user ON follow (tenant_id, user_id, since)
-- next
CREATE TABLE incident (
	instance_id BIGINT NOT NULL, 
	engine_task_id VARCHAR(160) NOT NULL, 
	node_id VARCHAR(80) NOT NULL, 
	state VARCHAR(40) NOT NULL, 
	message TEXT NOT NULL, 
	detail TEXT NOT NULL, 
	tries INTEGER NOT NULL, 
	next_try_at DATETIME, 
	assigned_to BIGINT, 
	raised_at DATETIME NOT NULL, 
	resolved_at DATETIME, 
	resolved_by BIGINT, 
	resolution TEXT, 
	id BIGINT NOT NULL, 
	tenant_id BIGINT NOT NULL, 
	created_at DATETIME NOT NULL, 
	created_by BIGINT, 
	updated_at DATETIME NOT NULL, 
	updated_by BIGINT, 
	row_version INTEGER NOT NULL, 
	CONSTRAINT pk_incident PRIMARY KEY (id), 
	CONSTRAINT fk_incident_instance_id_process_instance FOREIGN KEY(instance_id) REFERENCES process_instance (id)
)
-- next
CREATE INDEX ix_incident_instance_id ON incident (instance_id)
-- next
CREATE INDEX ix_incident_tenant_id ON incident (tenant_id)
-- next
CREATE TABLE individual_detail (
	customer_id BIGINT NOT NULL, 
	gender VARCHAR(6) NOT NULL, 
	birth_date DATE NOT NULL, 
	marital_status VARCHAR(20), 
	spouse_customer_id BIGINT, 
	address VARCHAR(300) NOT NULL, 
	is_farmer BOOLEAN NOT NULL, 
	is_micro_owner BOOLEAN NOT NULL, 
	owned_enterprise_id BIGINT, 
	farm_kind VARCHAR(40), 
	farm_scale VARCHAR(40), 
	annual_income_fen BIGINT, 
	household_debt_fen BIGINT, 
	employer VARCHAR(200), 
	id BIGINT NOT NULL, 
	tenant_id BIGINT NOT NULL, 
	created_at DATETIME NOT NULL, 
	created_by BIGINT, 
	updated_at DATETIME NOT NULL, 
	updated_by BIGINT, 
	row_version INTEGER NOT NULL, 
	CONSTRAINT pk_individual_detail PRIMARY KEY (id), 
	CONSTRAINT ck_individual_detail_gender CHECK (gender IN ('MALE', 'FEMALE')), 
	CONSTRAINT ck_individual_detail_owner_names_enterprise CHECK (NOT is_micro_owner OR owned_enterprise_id IS NOT NULL), 
	CONSTRAINT ck_individual_detail_farmer_names_farm CHECK (NOT is_farmer OR farm_kind IS NOT NULL), 
	CONSTRAINT uq_individual_detail_customer_id UNIQUE (customer_id), 
	CONSTRAINT fk_individual_detail_customer_id_customer FOREIGN KEY(customer_id) REFERENCES customer (id), 
	CONSTRAINT fk_individual_detail_spouse_customer_id_customer FOREIGN KEY(spouse_customer_id) REFERENCES customer (id), 
	CONSTRAINT fk_individual_detail_owned_enterprise_id_customer FOREIGN KEY(owned_enterprise_id) REFERENCES customer (id)
)
-- next
CREATE INDEX ix_individual_detail_tenant_id ON individual_detail (tenant_id)
-- next
CREATE TABLE key_person (
	customer_id BIGINT NOT NULL, 
	role VARCHAR(40) NOT NULL, 
	name VARCHAR(50) NOT NULL, 
	id_number TEXT, 
	id_index VARCHAR(64), 
	ratio_pct VARCHAR(9), 
	source VARCHAR(40) NOT NULL, 
	until_date DATE, 
	id BIGINT NOT NULL, 
	tenant_id BIGINT NOT NULL, 
	created_at DATETIME NOT NULL, 
	created_by BIGINT, 
	updated_at DATETIME NOT NULL, 
	updated_by BIGINT, 
	row_version INTEGER NOT NULL, 
	CONSTRAINT pk_key_person PRIMARY KEY (id), 
	CONSTRAINT ck_key_person_id_number_with_index CHECK ((id_number IS NULL) = (id_index IS NULL)), 
	CONSTRAINT fk_key_person_customer_id_customer FOREIGN KEY(customer_id) REFERENCES customer (id)
)
-- next
CREATE INDEX ix_key_person_customer_id ON key_person (customer_id)
-- next
CREATE INDEX ix_key_person_tenant_id ON key_person (tenant_id)
-- next
CREATE UNIQUE INDEX uq_key_person_current ON key_person (customer_id, role, id_index) WHERE until_date IS NULL
-- next
CREATE TABLE list_change (
	customer_id BIGINT NOT NULL, 
	from_flag VARCHAR(40) NOT NULL, 
	to_flag VARCHAR(40) NOT NULL, 
	reason VARCHAR(500) NOT NULL, 
	evidence VARCHAR(500) NOT NULL, 
	document_id BIGINT, 
	state VARCHAR(40) NOT NULL, 
	asked_by BIGINT NOT NULL, 
	decided_by BIGINT, 
	decided_at DATETIME, 
	decision_note VARCHAR(500) NOT NULL, 
	id BIGINT NOT NULL, 
	tenant_id BIGINT NOT NULL, 
	created_at DATETIME NOT NULL, 
	created_by BIGINT, 
	updated_at DATETIME NOT NULL, 
	updated_by BIGINT, 
	row_version INTEGER NOT NULL, 
	CONSTRAINT pk_list_change PRIMARY KEY (id), 
	CONSTRAINT ck_list_change_flag_changes CHECK (from_flag <> to_flag), 
	CONSTRAINT ck_list_change_four_eyes CHECK (decided_by IS NULL OR decided_by <> asked_by OR state = 'WITHDRAWN'), 
	CONSTRAINT ck_list_change_decided_at_its_end CHECK ((state = 'ASKED') = (decided_at IS NULL)), 
	CONSTRAINT fk_list_change_customer_id_customer FOREIGN KEY(customer_id) REFERENCES customer (id), 
	CONSTRAINT fk_list_change_document_id_document FOREIGN KEY(document_id) REFERENCES document (id)
)
-- next
CREATE INDEX ix_list_change_customer_id ON list_change (customer_id)
-- next
CREATE INDEX ix_list_change_tenant_id ON list_change (tenant_id)
-- next
CREATE UNIQUE INDEX uq_list_change_one_open ON list_change (customer_id) WHERE state = 'ASKED'
-- next
CREATE TABLE meeting (
	meeting_no VARCHAR(40) NOT NULL, 
	committee_id BIGINT NOT NULL, 
	mode VARCHAR(40) NOT NULL, 
	planned_at DATETIME NOT NULL, 
	place VARCHAR(200) NOT NULL, 
	is_urgent BOOLEAN NOT NULL, 
	status VARCHAR(40) NOT NULL, 
	questions TEXT NOT NULL, 
	minutes TEXT NOT NULL, 
	id BIGINT NOT NULL, 
	tenant_id BIGINT NOT NULL, 
	created_at DATETIME NOT NULL, 
	created_by BIGINT, 
	updated_at DATETIME NOT NULL, 
	updated_by BIGINT, 
	row_version INTEGER NOT NULL, 
	CONSTRAINT pk_meeting PRIMARY KEY (id), 
	CONSTRAINT uq_meeting_tenant_id_meeting_no UNIQUE (tenant_id, meeting_no), 
	CONSTRAINT fk_meeting_committee_id_committee FOREIGN KEY(committee_id) REFERENCES committee (id)
)
-- next
CREATE INDEX ix_meeting_tenant_id ON meeting (tenant_id)
-- next
CREATE TABLE migration_item (
	plan_id BIGINT NOT NULL, 
	instance_id BIGINT NOT NULL, 
	state VARCHAR(40) NOT NULL, 
	reason TEXT, 
	from_release_id BIGINT, 
	state_before BLOB, 
	hash_after VARCHAR(64), 
	log_seq INTEGER, 
	moved_at DATETIME, 
	id BIGINT NOT NULL, 
	tenant_id BIGINT NOT NULL, 
	created_at DATETIME NOT NULL, 
	created_by BIGINT, 
	updated_at DATETIME NOT NULL, 
	updated_by BIGINT, 
	row_version INTEGER NOT NULL, 
	CONSTRAINT pk_migration_item PRIMARY KEY (id), 
	CONSTRAINT uq_migration_item_plan_id_instance_id UNIQUE (plan_id, instance_id), 
	CONSTRAINT fk_migration_item_plan_id_migration_plan FOREIGN KEY(plan_id) REFERENCES migration_plan (id), 
	CONSTRAINT fk_migration_item_instance_id_process_instance FOREIGN KEY(instance_id) REFERENCES process_instance (id)
)
-- next
CREATE INDEX ix_migration_item_instance_id ON migration_item (instance_id)
-- next
CREATE INDEX ix_migration_item_plan_id ON migration_item (plan_id)
-- next
CREATE INDEX ix_migration_item_plan_state ON migration_item (plan_id, state)
-- next
CREATE INDEX ix_migration_item_tenant_id ON migration_item (tenant_id)
-- next
CREATE TABLE project (
	project_no VARCHAR(24) NOT NULL, 
	business_line VARCHAR(40) NOT NULL, 
	product_id BIGINT NOT NULL, 
	customer_id BIGINT NOT NULL, 
	creditor_id BIGINT, 
	risk_share_scheme_id BIGINT NOT NULL, 
	source_channel VARCHAR(20) NOT NULL, 
	applied_amount_fen BIGINT NOT NULL, 
	approved_amount_fen BIGINT, 
	contract_amount_fen BIGINT, 
	disbursed_amount_fen BIGINT NOT NULL, 
	loan_amount_fen BIGINT NOT NULL, 
	guarantee_ratio_pct VARCHAR(9) NOT NULL, 
	term_months INTEGER NOT NULL, 
	start_date DATE, 
	end_date DATE, 
	fee_rate VARCHAR(11) NOT NULL, 
	fee_method VARCHAR(20) NOT NULL, 
	guarantee_mode VARCHAR(20) NOT NULL, 
	purpose TEXT NOT NULL, 
	repayment_source TEXT NOT NULL, 
	counter_mode VARCHAR(20) NOT NULL, 
	proposed_counter_guarantees TEXT NOT NULL, 
	contact_name VARCHAR(80) NOT NULL, 
	contact_mobile TEXT, 
	tags TEXT NOT NULL, 
	pm_a_id BIGINT, 
	pm_b_id BIGINT, 
	status VARCHAR(40) NOT NULL, 
	phase VARCHAR(40) NOT NULL, 
	approval_valid_to DATE, 
	approved_at DATETIME, 
	defer_rounds INTEGER NOT NULL, 
	reconsidered BOOLEAN NOT NULL, 
	reconsider_until DATE, 
	risk_class VARCHAR(20), 
	reserved_fen BIGINT NOT NULL, 
	outstanding_fen BIGINT NOT NULL, 
	own_outstanding_fen BIGINT NOT NULL, 
	comp_receivable_fen BIGINT NOT NULL, 
	process_instance_id BIGINT NOT NULL, 
	release_id BIGINT, 
	id BIGINT NOT NULL, 
	tenant_id BIGINT NOT NULL, 
	created_at DATETIME NOT NULL, 
	created_by BIGINT, 
	updated_at DATETIME NOT NULL, 
	updated_by BIGINT, 
	row_version INTEGER NOT NULL, 
	CONSTRAINT pk_project PRIMARY KEY (id), 
	CONSTRAINT uq_project_tenant_id_project_no UNIQUE (tenant_id, project_no), 
	CONSTRAINT uq_project_instance UNIQUE (process_instance_id), 
	CONSTRAINT ck_project_applied_positive CHECK (applied_amount_fen > 0), 
	CONSTRAINT ck_project_loan_positive CHECK (loan_amount_fen > 0), 
	CONSTRAINT ck_project_approved_in_applied CHECK (approved_amount_fen IS NULL OR approved_amount_fen BETWEEN 1 AND applied_amount_fen), 
	CONSTRAINT ck_project_contract_in_approved CHECK (contract_amount_fen IS NULL OR contract_amount_fen <= coalesce(approved_amount_fen, 0)), 
	CONSTRAINT ck_project_disbursed_not_negative CHECK (disbursed_amount_fen >= 0), 
	CONSTRAINT ck_project_disbursed_in_contract CHECK (disbursed_amount_fen <= coalesce(contract_amount_fen, 0)), 
	CONSTRAINT ck_project_outstanding_in_contract CHECK (outstanding_fen BETWEEN 0 AND coalesce(contract_amount_fen, 0)), 
	CONSTRAINT ck_project_own_in_outstanding CHECK (own_outstanding_fen BETWEEN 0 AND outstanding_fen), 
	CONSTRAINT ck_project_reserved_not_negative CHECK (reserved_fen >= 0), 
	CONSTRAINT ck_project_guarantee_ratio CHECK (CAST(guarantee_ratio_pct AS NUMERIC) > 0 AND CAST(guarantee_ratio_pct AS NUMERIC) <= 100), 
	CONSTRAINT ck_project_fee_rate_not_negative CHECK (CAST(fee_rate AS NUMERIC) >= 0), 
	CONSTRAINT ck_project_defer_rounds CHECK (defer_rounds BETWEEN 0 AND 2), 
	CONSTRAINT ck_project_term_positive CHECK (term_months > 0), 
	CONSTRAINT ck_project_two_managers CHECK (pm_a_id IS NULL OR pm_b_id IS NULL OR pm_a_id <> pm_b_id), 
	CONSTRAINT ck_project_end_after_start CHECK (start_date IS NULL OR end_date IS NULL OR end_date > start_date), 
	CONSTRAINT fk_project_product_id_product FOREIGN KEY(product_id) REFERENCES product (id), 
	CONSTRAINT fk_project_customer_id_customer FOREIGN KEY(customer_id) REFERENCES customer (id), 
	CONSTRAINT fk_project_creditor_id_institution FOREIGN KEY(creditor_id) REFERENCES institution (id), 
	CONSTRAINT fk_project_risk_share_scheme_id_risk_share_scheme FOREIGN KEY(risk_share_scheme_id) REFERENCES risk_share_scheme (id)
)
-- next
CREATE INDEX ix_project_customer_id ON project (customer_id)
-- next
CREATE INDEX ix_project_pm_a_id ON project (pm_a_id)
-- next
CREATE INDEX ix_project_process_instance_id ON project (process_instance_id)
-- next
CREATE INDEX ix_project_status ON project (status)
-- next
CREATE INDEX ix_project_tenant_id ON project (tenant_id)
-- next
CREATE INDEX ix_project_tenant_status ON project (tenant_id, status)
-- next
CREATE TABLE related_group (
	group_no VARCHAR(20) NOT NULL, 
	name VARCHAR(200) NOT NULL, 
	core_customer_id BIGINT, 
	id BIGINT NOT NULL, 
	tenant_id BIGINT NOT NULL, 
	created_at DATETIME NOT NULL, 
	created_by BIGINT, 
	updated_at DATETIME NOT NULL, 
	updated_by BIGINT, 
	row_version INTEGER NOT NULL, 
	CONSTRAINT pk_related_group PRIMARY KEY (id), 
	CONSTRAINT uq_related_group_tenant_id_group_no UNIQUE (tenant_id, group_no), 
	CONSTRAINT fk_related_group_core_customer_id_customer FOREIGN KEY(core_customer_id) REFERENCES customer (id)
)
-- next
CREATE INDEX ix_related_group_tenant_id ON related_group (tenant_id)
-- next
CREATE TABLE release_file (
	release_id INTEGER NOT NULL, 
	path VARCHAR(300) NOT NULL, 
	sha256 VARCHAR(64) NOT NULL, 
	id INTEGER NOT NULL, 
	CONSTRAINT pk_release_file PRIMARY KEY (id), 
	CONSTRAINT uq_release_file_release_id_path UNIQUE (release_id, path), 
	CONSTRAINT fk_release_file_release_id_release FOREIGN KEY(release_id) REFERENCES release (id), 
	CONSTRAINT fk_release_file_sha256_release_content FOREIGN KEY(sha256) REFERENCES release_content (sha256)
)
-- next
CREATE INDEX ix_release_file_release_id ON release_file (release_id)
-- next
CREATE TABLE risk_share_item (
	scheme_id BIGINT NOT NULL, 
	party_kind VARCHAR(40) NOT NULL, 
	institution_id BIGINT, 
	share_pct VARCHAR(9) NOT NULL, 
	order_no INTEGER NOT NULL, 
	id BIGINT NOT NULL, 
	tenant_id BIGINT NOT NULL, 
	created_at DATETIME NOT NULL, 
	created_by BIGINT, 
	updated_at DATETIME NOT NULL, 
	updated_by BIGINT, 
	row_version INTEGER NOT NULL, 
	CONSTRAINT pk_risk_share_item PRIMARY KEY (id), 
	CONSTRAINT uq_risk_share_item_scheme_id_order_no UNIQUE (scheme_id, order_no), 
	CONSTRAINT ck_risk_share_item_share_pct CHECK (CAST(share_pct AS NUMERIC) > 0 AND CAST(share_pct AS NUMERIC) <= 100), 
	CONSTRAINT fk_risk_share_item_scheme_id_risk_share_scheme FOREIGN KEY(scheme_id) REFERENCES risk_share_scheme (id), 
	CONSTRAINT fk_risk_share_item_institution_id_institution FOREIGN KEY(institution_id) REFERENCES institution (id)
)
-- next
CREATE INDEX ix_risk_share_item_scheme_id ON risk_share_item (scheme_id)
-- next
CREATE INDEX ix_risk_share_item_tenant_id ON risk_share_item (tenant_id)
-- next
CREATE UNIQUE INDEX uq_risk_share_item_guarantor ON risk_share_item (scheme_id) WHERE party_kind = 'DIRECT_GUARANTOR'
-- next
CREATE TABLE role_permission (
	role_id BIGINT NOT NULL, 
	permission VARCHAR(100) NOT NULL, 
	id BIGINT NOT NULL, 
	tenant_id BIGINT NOT NULL, 
	created_at DATETIME NOT NULL, 
	created_by BIGINT, 
	updated_at DATETIME NOT NULL, 
	updated_by BIGINT, 
	row_version INTEGER NOT NULL, 
	CONSTRAINT pk_role_permission PRIMARY KEY (id), 
	CONSTRAINT uq_role_permission_role_id_permission UNIQUE (role_id, permission), 
	CONSTRAINT fk_role_permission_role_id_role FOREIGN KEY(role_id) REFERENCES role (id)
)
-- next
CREATE INDEX ix_role_permission_role_id ON role_permission (role_id)
-- next
CREATE INDEX ix_role_permission_tenant_id ON role_permission (tenant_id)
-- next
CREATE TABLE shareholder (
	customer_id BIGINT NOT NULL, 
	as_of DATE NOT NULL, 
	holder_name VARCHAR(200) NOT NULL, 
	holder_id TEXT, 
	ratio_pct VARCHAR(9) NOT NULL, 
	paid_fen BIGINT, 
	id BIGINT NOT NULL, 
	tenant_id BIGINT NOT NULL, 
	created_at DATETIME NOT NULL, 
	created_by BIGINT, 
	updated_at DATETIME NOT NULL, 
	updated_by BIGINT, 
	row_version INTEGER NOT NULL, 
	CONSTRAINT pk_shareholder PRIMARY KEY (id), 
	CONSTRAINT uq_shareholder_customer_id_as_of_holder_name UNIQUE (customer_id, as_of, holder_name), 
	CONSTRAINT ck_shareholder_ratio_pct CHECK (CAST(ratio_pct AS NUMERIC) >= 0 AND CAST(ratio_pct AS NUMERIC) <= 100), 
	CONSTRAINT fk_shareholder_customer_id_customer FOREIGN KEY(customer_id) REFERENCES customer (id)
)
-- next
CREATE INDEX ix_shareholder_customer_id ON shareholder (customer_id)
-- next
CREATE INDEX ix_shareholder_tenant_id ON shareholder (tenant_id)
-- next
CREATE TABLE task_batch_item (
	batch_id BIGINT NOT NULL, 
	position INTEGER NOT NULL, 
	task_id BIGINT NOT NULL, 
	name VARCHAR(120) NOT NULL, 
	title VARCHAR(300) NOT NULL, 
	state VARCHAR(40) NOT NULL, 
	reason TEXT, 
	id BIGINT NOT NULL, 
	tenant_id BIGINT NOT NULL, 
	created_at DATETIME NOT NULL, 
	created_by BIGINT, 
	updated_at DATETIME NOT NULL, 
	updated_by BIGINT, 
	row_version INTEGER NOT NULL, 
	CONSTRAINT pk_task_batch_item PRIMARY KEY (id), 
	CONSTRAINT uq_task_batch_item_batch_id_task_id UNIQUE (batch_id, task_id), 
	CONSTRAINT fk_task_batch_item_batch_id_task_batch FOREIGN KEY(batch_id) REFERENCES task_batch (id)
)
-- next
CREATE INDEX ix_task_batch_item_batch_state ON task_batch_item (batch_id, state, position)
-- next
CREATE INDEX ix_task_batch_item_tenant_id ON task_batch_item (tenant_id)
-- next
CREATE TABLE task_log (
	instance_id BIGINT NOT NULL, 
	seq INTEGER NOT NULL, 
	task_id BIGINT, 
	node_id VARCHAR(80), 
	node_name VARCHAR(120), 
	action VARCHAR(40) NOT NULL, 
	actor_id BIGINT, 
	actor_name VARCHAR(80) NOT NULL, 
	on_behalf_of BIGINT, 
	at DATETIME NOT NULL, 
	outcome VARCHAR(80), 
	comment TEXT, 
	answers TEXT, 
	target VARCHAR(200), 
	tenant_id BIGINT NOT NULL, 
	id BIGINT NOT NULL, 
	created_at DATETIME NOT NULL, 
	created_by BIGINT, 
	updated_at DATETIME NOT NULL, 
	updated_by BIGINT, 
	row_version INTEGER NOT NULL, 
	CONSTRAINT pk_task_log PRIMARY KEY (id), 
	CONSTRAINT uq_task_log_instance_id_seq UNIQUE (instance_id, seq), 
	CONSTRAINT fk_task_log_instance_id_process_instance FOREIGN KEY(instance_id) REFERENCES process_instance (id)
)
-- next
CREATE TABLE thrown_event (
	instance_id BIGINT NOT NULL, 
	node_id VARCHAR(80) NOT NULL, 
	kind VARCHAR(12) NOT NULL, 
	name VARCHAR(120) NOT NULL, 
	correlation VARCHAR(120), 
	payload TEXT NOT NULL, 
	state VARCHAR(40) NOT NULL, 
	thrown_at DATETIME NOT NULL, 
	expires_at DATETIME NOT NULL, 
	delivered_at DATETIME, 
	takers INTEGER NOT NULL, 
	id BIGINT NOT NULL, 
	tenant_id BIGINT NOT NULL, 
	created_at DATETIME NOT NULL, 
	created_by BIGINT, 
	updated_at DATETIME NOT NULL, 
	updated_by BIGINT, 
	row_version INTEGER NOT NULL, 
	CONSTRAINT pk_thrown_event PRIMARY KEY (id), 
	CONSTRAINT fk_thrown_event_instance_id_process_instance FOREIGN KEY(instance_id) REFERENCES process_instance (id)
)
-- next
CREATE INDEX ix_thrown_event_instance_id ON thrown_event (instance_id)
-- next
CREATE INDEX ix_thrown_event_state_name ON thrown_event (state, name, correlation)
-- next
CREATE INDEX ix_thrown_event_tenant_id ON thrown_event (tenant_id)
-- next
CREATE TABLE timer_due (
	instance_id BIGINT NOT NULL, 
	reference VARCHAR(160) NOT NULL, 
	node_id VARCHAR(80) NOT NULL, 
	due_at DATETIME NOT NULL, 
	done_at DATETIME, 
	cancelled_at DATETIME, 
	tenant_id BIGINT NOT NULL, 
	id BIGINT NOT NULL, 
	created_at DATETIME NOT NULL, 
	created_by BIGINT, 
	updated_at DATETIME NOT NULL, 
	updated_by BIGINT, 
	row_version INTEGER NOT NULL, 
	CONSTRAINT pk_timer_due PRIMARY KEY (id), 
	CONSTRAINT uq_timer_due_instance_id_reference UNIQUE (instance_id, reference), 
	CONSTRAINT fk_timer_due_instance_id_process_instance FOREIGN KEY(instance_id) REFERENCES process_instance (id)
)
-- next
CREATE TABLE user_task (
	instance_id BIGINT NOT NULL, 
	engine_task_id VARCHAR(160) NOT NULL, 
	node_id VARCHAR(80) NOT NULL, 
	process_id VARCHAR(80) NOT NULL, 
	name VARCHAR(120) NOT NULL, 
	kind VARCHAR(40) NOT NULL, 
	state VARCHAR(40) NOT NULL, 
	form VARCHAR(120), 
	role VARCHAR(40), 
	assignee_id BIGINT, 
	assigned_by_process BOOLEAN NOT NULL, 
	personal BOOLEAN NOT NULL, 
	properties TEXT NOT NULL, 
	data TEXT NOT NULL, 
	business_key VARCHAR(40), 
	title VARCHAR(300) NOT NULL, 
	process_label VARCHAR(120) NOT NULL, 
	started_as VARCHAR(80) NOT NULL, 
	has_candidates BOOLEAN NOT NULL, 
	search_text TEXT NOT NULL GENERATED ALWAYS AS (lower(title || ' ' || coalesce(business_key, '') || ' ' || name)) STORED, 
	opened_at DATETIME NOT NULL, 
	due_at DATETIME, 
	rings_at DATETIME, 
	reminded_at DATETIME, 
	escalated_at DATETIME, 
	closed_at DATETIME, 
	closed_by BIGINT, 
	outcome VARCHAR(80), 
	draft TEXT, 
	draft_at DATETIME, 
	returned_from_id BIGINT, 
	return_reason TEXT, 
	pending_updates TEXT, 
	assignment TEXT, 
	waits_for_signers BOOLEAN NOT NULL, 
	tenant_id BIGINT NOT NULL, 
	id BIGINT NOT NULL, 
	created_at DATETIME NOT NULL, 
	created_by BIGINT, 
	updated_at DATETIME NOT NULL, 
	updated_by BIGINT, 
	row_version INTEGER NOT NULL, 
	CONSTRAINT pk_user_task PRIMARY KEY (id), 
	CONSTRAINT fk_user_task_instance_id_process_instance FOREIGN KEY(instance_id) REFERENCES process_instance (id)
)
-- next
CREATE INDEX ix_user_task_done ON user_task (tenant_id, closed_by, closed_at, id) WHERE state = 'DONE'
-- next
CREATE INDEX ix_user_task_instance_id ON user_task (instance_id)
-- next
CREATE INDEX ix_user_task_open ON user_task (tenant_id, assignee_id, due_at, opened_at, id) WHERE state = 'OPEN'
-- next
CREATE INDEX ix_user_task_pool ON user_task (tenant_id, role, due_at, opened_at, id) WHERE state = 'OPEN' AND assignee_id IS NULL
-- next
CREATE INDEX ix_user_task_rings ON user_task (rings_at, id) WHERE rings_at IS NOT NULL
-- next
CREATE INDEX ix_user_task_sent_back ON user_task (tenant_id, assignee_id) WHERE state = 'REWORK'
-- next
CREATE INDEX ix_user_task_signed ON user_task (tenant_id, assignee_id) WHERE waits_for_signers = 1
-- next
CREATE TABLE archive_file (
	project_id BIGINT NOT NULL, 
	items TEXT NOT NULL, 
	note TEXT NOT NULL, 
	handed_over_by BIGINT, 
	handed_over_at DATETIME NOT NULL, 
	box_no VARCHAR(40), 
	shelved_by BIGINT, 
	shelved_at DATETIME, 
	shelf_note TEXT NOT NULL, 
	id BIGINT NOT NULL, 
	tenant_id BIGINT NOT NULL, 
	created_at DATETIME NOT NULL, 
	created_by BIGINT, 
	updated_at DATETIME NOT NULL, 
	updated_by BIGINT, 
	row_version INTEGER NOT NULL, 
	CONSTRAINT pk_archive_file PRIMARY KEY (id), 
	CONSTRAINT ck_archive_file_shelved_in_a_box CHECK ((shelved_at IS NULL) = (box_no IS NULL)), 
	CONSTRAINT ck_archive_file_four_eyes CHECK (shelved_by IS NULL OR handed_over_by IS NULL OR shelved_by <> handed_over_by), 
	CONSTRAINT uq_archive_file_project_id UNIQUE (project_id), 
	CONSTRAINT fk_archive_file_project_id_project FOREIGN KEY(project_id) REFERENCES project (id)
)
-- next
CREATE INDEX ix_archive_file_tenant_id ON archive_file (tenant_id)
-- next
CREATE TABLE co_handler (
	task_id BIGINT NOT NULL, 
	instance_id BIGINT NOT NULL, 
	kind VARCHAR(40) NOT NULL, 
	state VARCHAR(40) NOT NULL, 
	user_id BIGINT NOT NULL, 
	asked_by BIGINT NOT NULL, 
	asked_at DATETIME NOT NULL, 
	request TEXT NOT NULL, 
	passed_on_from_id BIGINT, 
	opinion TEXT, 
	answered_at DATETIME, 
	id BIGINT NOT NULL, 
	tenant_id BIGINT NOT NULL, 
	created_at DATETIME NOT NULL, 
	created_by BIGINT, 
	updated_at DATETIME NOT NULL, 
	updated_by BIGINT, 
	row_version INTEGER NOT NULL, 
	CONSTRAINT pk_co_handler PRIMARY KEY (id), 
	CONSTRAINT fk_co_handler_task_id_user_task FOREIGN KEY(task_id) REFERENCES user_task (id), 
	CONSTRAINT fk_co_handler_instance_id_process_instance FOREIGN KEY(instance_id) REFERENCES process_instance (id)
)
-- next
CREATE INDEX ix_co_handler_instance_id ON co_handler (instance_id)
-- next
CREATE INDEX ix_co_handler_passed_on ON co_handler (tenant_id, passed_on_from_id) WHERE passed_on_from_id IS NOT NULL
-- next
CREATE INDEX ix_co_handler_task_id ON co_handler (task_id)
-- next
CREATE INDEX ix_co_handler_tenant_id ON co_handler (tenant_id)
-- next
CREATE INDEX ix_co_handler_tenant_user_state ON co_handler (tenant_id, user_id, state)
-- next
CREATE INDEX ix_co_handler_waiting ON co_handler (tenant_id, task_id, kind) WHERE state = 'WAITING'
-- next
CREATE UNIQUE INDEX uq_co_handler_unanswered ON co_handler (task_id, user_id) WHERE state IN ('PLANNED', 'WAITING')
-- next
CREATE TABLE counter_guarantee (
	project_id BIGINT NOT NULL, 
	seq INTEGER NOT NULL, 
	kind VARCHAR(40) NOT NULL, 
	provider_name VARCHAR(200) NOT NULL, 
	provider_customer_id BIGINT, 
	description TEXT NOT NULL, 
	amount_fen BIGINT NOT NULL, 
	is_joint BOOLEAN NOT NULL, 
	is_mandatory BOOLEAN NOT NULL, 
	status VARCHAR(40) NOT NULL, 
	registration_no VARCHAR(80), 
	registration_org VARCHAR(200), 
	registered_on DATE, 
	expires_on DATE, 
	insurance_until DATE, 
	originals_kept BOOLEAN NOT NULL, 
	released_on DATE, 
	id BIGINT NOT NULL, 
	tenant_id BIGINT NOT NULL, 
	created_at DATETIME NOT NULL, 
	created_by BIGINT, 
	updated_at DATETIME NOT NULL, 
	updated_by BIGINT, 
	row_version INTEGER NOT NULL, 
	CONSTRAINT pk_counter_guarantee PRIMARY KEY (id), 
	CONSTRAINT uq_counter_guarantee_project_id_seq UNIQUE (project_id, seq), 
	CONSTRAINT ck_counter_guarantee_amount_not_negative CHECK (amount_fen >= 0), 
	CONSTRAINT ck_counter_guarantee_registration_complete CHECK (status <> 'REGISTERED' OR (registration_no IS NOT NULL AND registration_org IS NOT NULL AND registered_on IS NOT NULL)), 
	CONSTRAINT ck_counter_guarantee_expires_after_registered CHECK (expires_on IS NULL OR registered_on IS NULL OR expires_on > registered_on), 
	CONSTRAINT ck_counter_guarantee_released_has_day CHECK (status <> 'RELEASED' OR released_on IS NOT NULL), 
	CONSTRAINT fk_counter_guarantee_project_id_project FOREIGN KEY(project_id) REFERENCES project (id), 
	CONSTRAINT fk_counter_guarantee_provider_customer_id_customer FOREIGN KEY(provider_customer_id) REFERENCES customer (id)
)
-- next
CREATE INDEX ix_counter_guarantee_project_id ON counter_guarantee (project_id)
-- next
CREATE INDEX ix_counter_guarantee_tenant_id ON counter_guarantee (tenant_id)
-- next
CREATE TABLE deposit_account (
	project_id BIGINT NOT NULL, 
	received_fen BIGINT NOT NULL, 
	returned_fen BIGINT NOT NULL, 
	used_fen BIGINT NOT NULL, 
	id BIGINT NOT NULL, 
	tenant_id BIGINT NOT NULL, 
	created_at DATETIME NOT NULL, 
	created_by BIGINT, 
	updated_at DATETIME NOT NULL, 
	updated_by BIGINT, 
	row_version INTEGER NOT NULL, 
	CONSTRAINT pk_deposit_account PRIMARY KEY (id), 
	CONSTRAINT ck_deposit_account_amounts_not_negative CHECK (received_fen >= 0 AND returned_fen >= 0 AND used_fen >= 0), 
	CONSTRAINT ck_deposit_account_within_received CHECK (returned_fen + used_fen <= received_fen), 
	CONSTRAINT uq_deposit_account_project_id UNIQUE (project_id), 
	CONSTRAINT fk_deposit_account_project_id_project FOREIGN KEY(project_id) REFERENCES project (id)
)
-- next
CREATE INDEX ix_deposit_account_tenant_id ON deposit_account (tenant_id)
-- next
CREATE TABLE disbursement_review (
	project_id BIGINT NOT NULL, 
	task_key VARCHAR(120) NOT NULL, 
	approved BOOLEAN NOT NULL, 
	checklist TEXT NOT NULL, 
	new_dishonest_checked BOOLEAN NOT NULL, 
	opinion TEXT NOT NULL, 
	reviewed_by BIGINT, 
	reviewed_at DATETIME NOT NULL, 
	id BIGINT NOT NULL, 
	tenant_id BIGINT NOT NULL, 
	created_at DATETIME NOT NULL, 
	created_by BIGINT, 
	updated_at DATETIME NOT NULL, 
	updated_by BIGINT, 
	row_version INTEGER NOT NULL, 
	CONSTRAINT pk_disbursement_review PRIMARY KEY (id), 
	CONSTRAINT uq_disbursement_review_task_key UNIQUE (task_key), 
	CONSTRAINT ck_disbursement_review_approved_after_credit_check CHECK (NOT approved OR new_dishonest_checked), 
	CONSTRAINT fk_disbursement_review_project_id_project FOREIGN KEY(project_id) REFERENCES project (id)
)
-- next
CREATE INDEX ix_disbursement_review_project_id ON disbursement_review (project_id)
-- next
CREATE INDEX ix_disbursement_review_tenant_id ON disbursement_review (tenant_id)
-- next
CREATE TABLE due_diligence_report (
	project_id BIGINT NOT NULL, 
	version INTEGER NOT NULL, 
	visited_at DATE NOT NULL, 
	visit_place VARCHAR(200) NOT NULL, 
	photo_document_ids TEXT NOT NULL, 
	sections TEXT NOT NULL, 
	tax_revenue_fen BIGINT, 
	opinion_a TEXT NOT NULL, 
	opinion_b TEXT NOT NULL, 
	signed_a BIGINT, 
	signed_a_at DATETIME, 
	signed_b BIGINT, 
	signed_b_at DATETIME, 
	is_closed BOOLEAN NOT NULL, 
	id BIGINT NOT NULL, 
	tenant_id BIGINT NOT NULL, 
	created_at DATETIME NOT NULL, 
	created_by BIGINT, 
	updated_at DATETIME NOT NULL, 
	updated_by BIGINT, 
	row_version INTEGER NOT NULL, 
	CONSTRAINT pk_due_diligence_report PRIMARY KEY (id), 
	CONSTRAINT uq_due_diligence_report_project_id_version UNIQUE (project_id, version), 
	CONSTRAINT ck_due_diligence_report_two_signers CHECK (signed_a IS NULL OR signed_b IS NULL OR signed_a <> signed_b), 
	CONSTRAINT fk_due_diligence_report_project_id_project FOREIGN KEY(project_id) REFERENCES project (id)
)
-- next
CREATE INDEX ix_due_diligence_report_project_id ON due_diligence_report (project_id)
-- next
CREATE INDEX ix_due_diligence_report_tenant_id ON due_diligence_report (tenant_id)
-- next
CREATE TABLE fee_receipt (
	receipt_no VARCHAR(40) NOT NULL, 
	project_id BIGINT NOT NULL, 
	payer VARCHAR(200) NOT NULL, 
	bank_serial VARCHAR(60) NOT NULL, 
	amount_fen BIGINT NOT NULL, 
	received_on DATE NOT NULL, 
	unallocated_fen BIGINT NOT NULL, 
	reversal_of_id BIGINT, 
	is_reversed BOOLEAN NOT NULL, 
	id BIGINT NOT NULL, 
	tenant_id BIGINT NOT NULL, 
	created_at DATETIME NOT NULL, 
	created_by BIGINT, 
	updated_at DATETIME NOT NULL, 
	updated_by BIGINT, 
	row_version INTEGER NOT NULL, 
	CONSTRAINT pk_fee_receipt PRIMARY KEY (id), 
	CONSTRAINT uq_fee_receipt_tenant_id_receipt_no UNIQUE (tenant_id, receipt_no), 
	CONSTRAINT ck_fee_receipt_sign CHECK (amount_fen <> 0 AND (amount_fen < 0) = (reversal_of_id IS NOT NULL)), 
	CONSTRAINT ck_fee_receipt_allocated_within_receipt CHECK ((reversal_of_id IS NULL AND unallocated_fen >= 0 AND unallocated_fen <= amount_fen) OR (reversal_of_id IS NOT NULL AND unallocated_fen = amount_fen)), 
	CONSTRAINT fk_fee_receipt_project_id_project FOREIGN KEY(project_id) REFERENCES project (id), 
	CONSTRAINT uq_fee_receipt_reversal_of_id UNIQUE (reversal_of_id), 
	CONSTRAINT fk_fee_receipt_reversal_of_id_fee_receipt FOREIGN KEY(reversal_of_id) REFERENCES fee_receipt (id)
)
-- next
CREATE INDEX ix_fee_receipt_project_id ON fee_receipt (project_id)
-- next
CREATE INDEX ix_fee_receipt_tenant_id ON fee_receipt (tenant_id)
-- next
CREATE UNIQUE INDEX uq_fee_receipt_serial ON fee_receipt (tenant_id, bank_serial) WHERE reversal_of_id IS NULL AND NOT is_reversed
-- next
CREATE TRIGGER fee_receipt_no_update BEFORE UPDATE OF receipt_no, project_id, payer, bank_serial, amount_fen, received_on, reversal_of_id ON fee_receipt
BEGIN SELECT RAISE(ABORT, 'the books of fees are append-only'); END
-- next
CREATE TRIGGER fee_receipt_no_delete BEFORE DELETE ON fee_receipt
BEGIN SELECT RAISE(ABORT, 'the books of fees are append-only'); END
-- next
CREATE TABLE fee_refund (
	refund_no VARCHAR(40) NOT NULL, 
	project_id BIGINT NOT NULL, 
	reason VARCHAR(40) NOT NULL, 
	source VARCHAR(120) NOT NULL, 
	formula VARCHAR(300) NOT NULL, 
	amount_fen BIGINT NOT NULL, 
	asked_by BIGINT, 
	approved_by BIGINT, 
	paid_on DATE, 
	paid_by BIGINT, 
	voucher VARCHAR(60) NOT NULL, 
	withdrawn_at DATETIME, 
	withdrawn_by BIGINT, 
	withdrawn_reason VARCHAR(300) NOT NULL, 
	id BIGINT NOT NULL, 
	tenant_id BIGINT NOT NULL, 
	created_at DATETIME NOT NULL, 
	created_by BIGINT, 
	updated_at DATETIME NOT NULL, 
	updated_by BIGINT, 
	row_version INTEGER NOT NULL, 
	CONSTRAINT pk_fee_refund PRIMARY KEY (id), 
	CONSTRAINT uq_fee_refund_tenant_id_refund_no UNIQUE (tenant_id, refund_no), 
	CONSTRAINT ck_fee_refund_amount_positive CHECK (amount_fen > 0), 
	CONSTRAINT ck_fee_refund_paid_when_approved CHECK (paid_on IS NULL OR approved_by IS NOT NULL), 
	CONSTRAINT ck_fee_refund_maker_is_not_checker CHECK (approved_by IS NULL OR approved_by <> asked_by), 
	CONSTRAINT ck_fee_refund_approver_does_not_pay CHECK (paid_by IS NULL OR paid_by <> approved_by), 
	CONSTRAINT ck_fee_refund_paid_is_not_withdrawn CHECK (withdrawn_at IS NULL OR paid_on IS NULL), 
	CONSTRAINT fk_fee_refund_project_id_project FOREIGN KEY(project_id) REFERENCES project (id)
)
-- next
CREATE INDEX ix_fee_refund_project_id ON fee_refund (project_id)
-- next
CREATE INDEX ix_fee_refund_tenant_id ON fee_refund (tenant_id)
-- next
CREATE UNIQUE INDEX uq_fee_refund_live ON fee_refund (tenant_id, source) WHERE withdrawn_at IS NULL
-- next
CREATE TRIGGER fee_refund_no_update BEFORE UPDATE OF refund_no, project_id, source, amount_fen ON fee_refund
BEGIN SELECT RAISE(ABORT, 'the books of fees are append-only'); END
-- next
CREATE TRIGGER fee_refund_no_delete BEFORE DELETE ON fee_refund
BEGIN SELECT RAISE(ABORT, 'the books of fees are append-only'); END
-- next
CREATE TABLE fee_waiver (
	project_id BIGINT NOT NULL, 
	task_key VARCHAR(80) NOT NULL, 
	amount_fen BIGINT NOT NULL, 
	reason TEXT NOT NULL, 
	asked_by BIGINT NOT NULL, 
	risk_opinion TEXT, 
	risk_by BIGINT, 
	gm_opinion TEXT, 
	gm_by BIGINT, 
	status VARCHAR(40) NOT NULL, 
	id BIGINT NOT NULL, 
	tenant_id BIGINT NOT NULL, 
	created_at DATETIME NOT NULL, 
	created_by BIGINT, 
	updated_at DATETIME NOT NULL, 
	updated_by BIGINT, 
	row_version INTEGER NOT NULL, 
	CONSTRAINT pk_fee_waiver PRIMARY KEY (id), 
	CONSTRAINT uq_fee_waiver_tenant_id_task_key UNIQUE (tenant_id, task_key), 
	CONSTRAINT ck_fee_waiver_amount_positive CHECK (amount_fen > 0), 
	CONSTRAINT ck_fee_waiver_applied_when_agreed CHECK (status <> 'APPLIED' OR (risk_by IS NOT NULL AND gm_by IS NOT NULL)), 
	CONSTRAINT ck_fee_waiver_maker_is_not_checker CHECK ((risk_by IS NULL OR risk_by <> asked_by) AND (gm_by IS NULL OR gm_by <> asked_by)), 
	CONSTRAINT fk_fee_waiver_project_id_project FOREIGN KEY(project_id) REFERENCES project (id)
)
-- next
CREATE INDEX ix_fee_waiver_project_id ON fee_waiver (project_id)
-- next
CREATE INDEX ix_fee_waiver_tenant_id ON fee_waiver (tenant_id)
-- next
CREATE UNIQUE INDEX uq_fee_waiver_asked ON fee_waiver (project_id) WHERE status = 'ASKED'
-- next
CREATE TABLE former_password (
	user_id BIGINT NOT NULL, 
	password VARCHAR(255) NOT NULL, 
	id BIGINT NOT NULL, 
	tenant_id BIGINT NOT NULL, 
	created_at DATETIME NOT NULL, 
	created_by BIGINT, 
	updated_at DATETIME NOT NULL, 
	updated_by BIGINT, 
	row_version INTEGER NOT NULL, 
	CONSTRAINT pk_former_password PRIMARY KEY (id), 
	CONSTRAINT fk_former_password_user_id_app_user FOREIGN KEY(user_id) REFERENCES app_user (id)
)
-- next
CREATE INDEX ix_former_password_tenant_id ON former_password (tenant_id)
-- next
CREATE INDEX ix_former_password_user_id ON former_password (user_id)
-- next
CREATE TABLE handover (
	leaver_id BIGINT NOT NULL, 
	receiver_id BIGINT NOT NULL, 
	reason TEXT NOT NULL, 
	done_by BIGINT, 
	done_at DATETIME NOT NULL, 
	undone_at DATETIME, 
	undone_by BIGINT, 
	id BIGINT NOT NULL, 
	tenant_id BIGINT NOT NULL, 
	created_at DATETIME NOT NULL, 
	created_by BIGINT, 
	updated_at DATETIME NOT NULL, 
	updated_by BIGINT, 
	row_version INTEGER NOT NULL, 
	CONSTRAINT pk_handover PRIMARY KEY (id), 
	CONSTRAINT ck_handover_two_people CHECK (leaver_id <> receiver_id), 
	CONSTRAINT fk_handover_leaver_id_app_user FOREIGN KEY(leaver_id) REFERENCES app_user (id), 
	CONSTRAINT fk_handover_receiver_id_app_user FOREIGN KEY(receiver_id) REFERENCES app_user (id)
)
-- next
CREATE INDEX ix_handover_leaver_id ON handover (leaver_id)
-- next
CREATE INDEX ix_handover_tenant_id ON handover (tenant_id)
-- next
CREATE TABLE held_submission (
	task_id BIGINT NOT NULL, 
	instance_id BIGINT NOT NULL, 
	answers TEXT NOT NULL, 
	reasons TEXT NOT NULL, 
	chosen TEXT NOT NULL, 
	signature TEXT, 
	submitted_by BIGINT NOT NULL, 
	on_behalf_of BIGINT, 
	submitted_at DATETIME NOT NULL, 
	id BIGINT NOT NULL, 
	tenant_id BIGINT NOT NULL, 
	created_at DATETIME NOT NULL, 
	created_by BIGINT, 
	updated_at DATETIME NOT NULL, 
	updated_by BIGINT, 
	row_version INTEGER NOT NULL, 
	CONSTRAINT pk_held_submission PRIMARY KEY (id), 
	CONSTRAINT uq_held_submission_task_id UNIQUE (task_id), 
	CONSTRAINT fk_held_submission_task_id_user_task FOREIGN KEY(task_id) REFERENCES user_task (id), 
	CONSTRAINT fk_held_submission_instance_id_process_instance FOREIGN KEY(instance_id) REFERENCES process_instance (id)
)
-- next
CREATE INDEX ix_held_submission_instance_id ON held_submission (instance_id)
-- next
CREATE INDEX ix_held_submission_tenant_id ON held_submission (tenant_id)
-- next
CREATE TABLE jump_request (
	task_id BIGINT NOT NULL, 
	instance_id BIGINT NOT NULL, 
	node_id VARCHAR(80) NOT NULL, 
	node_name VARCHAR(120) NOT NULL, 
	reason TEXT NOT NULL, 
	state VARCHAR(40) NOT NULL, 
	asked_by BIGINT NOT NULL, 
	asked_at DATETIME NOT NULL, 
	decided_by BIGINT, 
	decided_at DATETIME, 
	answer TEXT, 
	id BIGINT NOT NULL, 
	tenant_id BIGINT NOT NULL, 
	created_at DATETIME NOT NULL, 
	created_by BIGINT, 
	updated_at DATETIME NOT NULL, 
	updated_by BIGINT, 
	row_version INTEGER NOT NULL, 
	CONSTRAINT pk_jump_request PRIMARY KEY (id), 
	CONSTRAINT ck_jump_request_four_eyes CHECK (state <> 'DONE' OR decided_by <> asked_by), 
	CONSTRAINT fk_jump_request_task_id_user_task FOREIGN KEY(task_id) REFERENCES user_task (id), 
	CONSTRAINT fk_jump_request_instance_id_process_instance FOREIGN KEY(instance_id) REFERENCES process_instance (id)
)
-- next
CREATE INDEX ix_jump_request_instance_id ON jump_request (instance_id)
-- next
CREATE INDEX ix_jump_request_tenant_id ON jump_request (tenant_id)
-- next
CREATE INDEX ix_jump_request_tenant_state ON jump_request (tenant_id, state, asked_at)
-- next
CREATE UNIQUE INDEX uq_jump_request_waiting ON jump_request (task_id) WHERE state = 'WAITING'
-- next
CREATE TABLE kept_signature (
	user_id BIGINT NOT NULL, 
	picture TEXT NOT NULL, 
	kept_at DATETIME NOT NULL, 
	id BIGINT NOT NULL, 
	tenant_id BIGINT NOT NULL, 
	created_at DATETIME NOT NULL, 
	created_by BIGINT, 
	updated_at DATETIME NOT NULL, 
	updated_by BIGINT, 
	row_version INTEGER NOT NULL, 
	CONSTRAINT pk_kept_signature PRIMARY KEY (id), 
	CONSTRAINT uq_kept_signature_user_id UNIQUE (user_id), 
	CONSTRAINT fk_kept_signature_user_id_app_user FOREIGN KEY(user_id) REFERENCES app_user (id)
)
-- next
CREATE INDEX ix_kept_signature_tenant_id ON kept_signature (tenant_id)
-- next
CREATE TABLE known_device (
	user_id BIGINT NOT NULL, 
	token_hash VARCHAR(64) NOT NULL, 
	last_used_at DATETIME NOT NULL, 
	id BIGINT NOT NULL, 
	tenant_id BIGINT NOT NULL, 
	created_at DATETIME NOT NULL, 
	created_by BIGINT, 
	updated_at DATETIME NOT NULL, 
	updated_by BIGINT, 
	row_version INTEGER NOT NULL, 
	CONSTRAINT pk_known_device PRIMARY KEY (id), 
	CONSTRAINT uq_known_device_user_id_token_hash UNIQUE (user_id, token_hash), 
	CONSTRAINT fk_known_device_user_id_app_user FOREIGN KEY(user_id) REFERENCES app_user (id)
)
-- next
CREATE INDEX ix_known_device_tenant_id ON known_device (tenant_id)
-- next
CREATE INDEX ix_known_device_token_hash ON known_device (token_hash)
-- next
CREATE INDEX ix_known_device_user_id ON known_device (user_id)
-- next
CREATE TABLE liability_daily (
	day DATE NOT NULL, 
	project_id BIGINT NOT NULL, 
	outstanding_fen BIGINT NOT NULL, 
	own_fen BIGINT NOT NULL, 
	weight_class VARCHAR(40) NOT NULL, 
	weight_pct VARCHAR(9) NOT NULL, 
	liability_fen BIGINT NOT NULL, 
	overdue_days INTEGER NOT NULL, 
	risk_class VARCHAR(20), 
	id BIGINT NOT NULL, 
	tenant_id BIGINT NOT NULL, 
	created_at DATETIME NOT NULL, 
	created_by BIGINT, 
	updated_at DATETIME NOT NULL, 
	updated_by BIGINT, 
	row_version INTEGER NOT NULL, 
	CONSTRAINT pk_liability_daily PRIMARY KEY (id), 
	CONSTRAINT uq_liability_daily_day_project_id UNIQUE (day, project_id), 
	CONSTRAINT ck_liability_daily_outstanding_not_negative CHECK (outstanding_fen >= 0), 
	CONSTRAINT fk_liability_daily_project_id_project FOREIGN KEY(project_id) REFERENCES project (id)
)
-- next
CREATE INDEX ix_liability_daily_project_id ON liability_daily (project_id)
-- next
CREATE INDEX ix_liability_daily_tenant_day ON liability_daily (tenant_id, day)
-- next
CREATE INDEX ix_liability_daily_tenant_id ON liability_daily (tenant_id)
-- next
CREATE TABLE liability_entry (
	entry_no VARCHAR(40) NOT NULL, 
	project_id BIGINT NOT NULL, 
	entry_kind VARCHAR(40) NOT NULL, 
	amount_fen BIGINT NOT NULL, 
	principal_fen BIGINT NOT NULL, 
	own_share_pct VARCHAR(9) NOT NULL, 
	effective_date DATE NOT NULL, 
	posted_at DATETIME NOT NULL, 
	source VARCHAR(200) NOT NULL, 
	note TEXT NOT NULL, 
	reversal_of_id BIGINT, 
	id BIGINT NOT NULL, 
	tenant_id BIGINT NOT NULL, 
	created_at DATETIME NOT NULL, 
	created_by BIGINT, 
	updated_at DATETIME NOT NULL, 
	updated_by BIGINT, 
	row_version INTEGER NOT NULL, 
	CONSTRAINT pk_liability_entry PRIMARY KEY (id), 
	CONSTRAINT uq_liability_entry_tenant_id_entry_no UNIQUE (tenant_id, entry_no), 
	CONSTRAINT uq_liability_entry_tenant_id_source UNIQUE (tenant_id, source), 
	CONSTRAINT ck_liability_entry_amount_not_zero CHECK (amount_fen <> 0), 
	CONSTRAINT ck_liability_entry_sign_of_kind CHECK ((entry_kind <> 'DISBURSE' OR amount_fen > 0) AND (entry_kind NOT IN ('REPAY', 'RELEASE', 'COMPENSATE') OR amount_fen < 0)), 
	CONSTRAINT ck_liability_entry_reversal_names_entry CHECK ((entry_kind = 'REVERSAL') = (reversal_of_id IS NOT NULL)), 
	CONSTRAINT fk_liability_entry_project_id_project FOREIGN KEY(project_id) REFERENCES project (id), 
	CONSTRAINT uq_liability_entry_reversal_of_id UNIQUE (reversal_of_id), 
	CONSTRAINT fk_liability_entry_reversal_of_id_liability_entry FOREIGN KEY(reversal_of_id) REFERENCES liability_entry (id)
)
-- next
CREATE INDEX ix_liability_entry_project_day ON liability_entry (project_id, effective_date)
-- next
CREATE INDEX ix_liability_entry_project_id ON liability_entry (project_id)
-- next
CREATE INDEX ix_liability_entry_tenant_id ON liability_entry (tenant_id)
-- next
CREATE TRIGGER liability_entry_no_update BEFORE UPDATE ON liability_entry
BEGIN SELECT RAISE(ABORT, 'ledger entries are append-only'); END
-- next
CREATE TRIGGER liability_entry_no_delete BEFORE DELETE ON liability_entry
BEGIN SELECT RAISE(ABORT, 'ledger entries are append-only'); END
-- next
CREATE TABLE minutes_signature (
	meeting_id BIGINT NOT NULL, 
	user_id BIGINT NOT NULL, 
	digest VARCHAR(64) NOT NULL, 
	signed_at DATETIME NOT NULL, 
	id BIGINT NOT NULL, 
	tenant_id BIGINT NOT NULL, 
	created_at DATETIME NOT NULL, 
	created_by BIGINT, 
	updated_at DATETIME NOT NULL, 
	updated_by BIGINT, 
	row_version INTEGER NOT NULL, 
	CONSTRAINT pk_minutes_signature PRIMARY KEY (id), 
	CONSTRAINT uq_minutes_signature_meeting_id_user_id_digest UNIQUE (meeting_id, user_id, digest), 
	CONSTRAINT fk_minutes_signature_meeting_id_meeting FOREIGN KEY(meeting_id) REFERENCES meeting (id)
)
-- next
CREATE INDEX ix_minutes_signature_meeting_id ON minutes_signature (meeting_id)
-- next
CREATE INDEX ix_minutes_signature_tenant_id ON minutes_signature (tenant_id)
-- next
CREATE TABLE project_document (
	project_id BIGINT NOT NULL, 
	document_id BIGINT NOT NULL, 
	kind VARCHAR(40) NOT NULL, 
	valid_to DATE, 
	id BIGINT NOT NULL, 
	tenant_id BIGINT NOT NULL, 
	created_at DATETIME NOT NULL, 
	created_by BIGINT, 
	updated_at DATETIME NOT NULL, 
	updated_by BIGINT, 
	row_version INTEGER NOT NULL, 
	CONSTRAINT pk_project_document PRIMARY KEY (id), 
	CONSTRAINT uq_project_document_project_id_document_id_kind UNIQUE (project_id, document_id, kind), 
	CONSTRAINT fk_project_document_project_id_project FOREIGN KEY(project_id) REFERENCES project (id), 
	CONSTRAINT fk_project_document_document_id_document FOREIGN KEY(document_id) REFERENCES document (id)
)
-- next
CREATE INDEX ix_project_document_project_id ON project_document (project_id)
-- next
CREATE INDEX ix_project_document_tenant_id ON project_document (tenant_id)
-- next
CREATE TABLE project_opinion (
	project_id BIGINT NOT NULL, 
	node_id VARCHAR(80) NOT NULL, 
	task_key VARCHAR(120) NOT NULL, 
	decision VARCHAR(40) NOT NULL, 
	opinion TEXT NOT NULL, 
	by_id BIGINT, 
	by_name VARCHAR(80) NOT NULL, 
	at DATETIME NOT NULL, 
	id BIGINT NOT NULL, 
	tenant_id BIGINT NOT NULL, 
	created_at DATETIME NOT NULL, 
	created_by BIGINT, 
	updated_at DATETIME NOT NULL, 
	updated_by BIGINT, 
	row_version INTEGER NOT NULL, 
	CONSTRAINT pk_project_opinion PRIMARY KEY (id), 
	CONSTRAINT uq_project_opinion_task_key_node_id UNIQUE (task_key, node_id), 
	CONSTRAINT fk_project_opinion_project_id_project FOREIGN KEY(project_id) REFERENCES project (id)
)
-- next
CREATE INDEX ix_project_opinion_project_id ON project_opinion (project_id)
-- next
CREATE INDEX ix_project_opinion_tenant_id ON project_opinion (tenant_id)
-- next
CREATE TABLE related_group_member (
	group_id BIGINT NOT NULL, 
	customer_id BIGINT NOT NULL, 
	relation VARCHAR(60) NOT NULL, 
	evidence VARCHAR(300), 
	from_date DATE NOT NULL, 
	until_date DATE, 
	id BIGINT NOT NULL, 
	tenant_id BIGINT NOT NULL, 
	created_at DATETIME NOT NULL, 
	created_by BIGINT, 
	updated_at DATETIME NOT NULL, 
	updated_by BIGINT, 
	row_version INTEGER NOT NULL, 
	CONSTRAINT pk_related_group_member PRIMARY KEY (id), 
	CONSTRAINT ck_related_group_member_membership_order CHECK (until_date IS NULL OR until_date >= from_date), 
	CONSTRAINT fk_related_group_member_group_id_related_group FOREIGN KEY(group_id) REFERENCES related_group (id), 
	CONSTRAINT fk_related_group_member_customer_id_customer FOREIGN KEY(customer_id) REFERENCES customer (id)
)
-- next
CREATE INDEX ix_related_group_member_group_id ON related_group_member (group_id)
-- next
CREATE INDEX ix_related_group_member_tenant_id ON related_group_member (tenant_id)
-- next
CREATE UNIQUE INDEX uq_related_group_member_active ON related_group_member (customer_id) WHERE until_date IS NULL
-- next
CREATE TABLE risk_review (
	project_id BIGINT NOT NULL, 
	version INTEGER NOT NULL, 
	reviewer_id BIGINT NOT NULL, 
	decision VARCHAR(20) NOT NULL, 
	score INTEGER NOT NULL, 
	findings TEXT NOT NULL, 
	conditions TEXT NOT NULL, 
	diligence_version INTEGER NOT NULL, 
	id BIGINT NOT NULL, 
	tenant_id BIGINT NOT NULL, 
	created_at DATETIME NOT NULL, 
	created_by BIGINT, 
	updated_at DATETIME NOT NULL, 
	updated_by BIGINT, 
	row_version INTEGER NOT NULL, 
	CONSTRAINT pk_risk_review PRIMARY KEY (id), 
	CONSTRAINT uq_risk_review_project_id_version UNIQUE (project_id, version), 
	CONSTRAINT ck_risk_review_score CHECK (score BETWEEN 0 AND 100), 
	CONSTRAINT fk_risk_review_project_id_project FOREIGN KEY(project_id) REFERENCES project (id)
)
-- next
CREATE INDEX ix_risk_review_project_id ON risk_review (project_id)
-- next
CREATE INDEX ix_risk_review_tenant_id ON risk_review (tenant_id)
-- next
CREATE TABLE seal_record (
	project_id BIGINT NOT NULL, 
	purpose VARCHAR(40) NOT NULL, 
	task_key VARCHAR(120) NOT NULL, 
	seal_kind VARCHAR(40) NOT NULL, 
	copies INTEGER NOT NULL, 
	sealed_on DATE NOT NULL, 
	keeper_id BIGINT, 
	id BIGINT NOT NULL, 
	tenant_id BIGINT NOT NULL, 
	created_at DATETIME NOT NULL, 
	created_by BIGINT, 
	updated_at DATETIME NOT NULL, 
	updated_by BIGINT, 
	row_version INTEGER NOT NULL, 
	CONSTRAINT pk_seal_record PRIMARY KEY (id), 
	CONSTRAINT uq_seal_record_task_key UNIQUE (task_key), 
	CONSTRAINT ck_seal_record_copies_positive CHECK (copies > 0), 
	CONSTRAINT fk_seal_record_project_id_project FOREIGN KEY(project_id) REFERENCES project (id)
)
-- next
CREATE INDEX ix_seal_record_project_id ON seal_record (project_id)
-- next
CREATE INDEX ix_seal_record_tenant_id ON seal_record (tenant_id)
-- next
CREATE TABLE sign_in_session (
	user_id BIGINT NOT NULL, 
	token_hash VARCHAR(64) NOT NULL, 
	address VARCHAR(45), 
	browser VARCHAR(300) NOT NULL, 
	last_seen_at DATETIME NOT NULL, 
	ended_at DATETIME, 
	ended_reason VARCHAR(40), 
	id BIGINT NOT NULL, 
	tenant_id BIGINT NOT NULL, 
	created_at DATETIME NOT NULL, 
	created_by BIGINT, 
	updated_at DATETIME NOT NULL, 
	updated_by BIGINT, 
	row_version INTEGER NOT NULL, 
	CONSTRAINT pk_sign_in_session PRIMARY KEY (id), 
	CONSTRAINT fk_sign_in_session_user_id_app_user FOREIGN KEY(user_id) REFERENCES app_user (id), 
	CONSTRAINT uq_sign_in_session_token_hash UNIQUE (token_hash)
)
-- next
CREATE INDEX ix_sign_in_session_tenant_id ON sign_in_session (tenant_id)
-- next
CREATE INDEX ix_sign_in_session_user_id ON sign_in_session (user_id)
-- next
CREATE TABLE status_history (
	project_id BIGINT NOT NULL, 
	from_status VARCHAR(40), 
	to_status VARCHAR(40) NOT NULL, 
	at DATETIME NOT NULL, 
	by_id BIGINT, 
	by_name VARCHAR(80) NOT NULL, 
	reason TEXT NOT NULL, 
	id BIGINT NOT NULL, 
	tenant_id BIGINT NOT NULL, 
	created_at DATETIME NOT NULL, 
	created_by BIGINT, 
	updated_at DATETIME NOT NULL, 
	updated_by BIGINT, 
	row_version INTEGER NOT NULL, 
	CONSTRAINT pk_status_history PRIMARY KEY (id), 
	CONSTRAINT fk_status_history_project_id_project FOREIGN KEY(project_id) REFERENCES project (id)
)
-- next
CREATE INDEX ix_status_history_project_id ON status_history (project_id)
-- next
CREATE INDEX ix_status_history_tenant_id ON status_history (tenant_id)
-- next
CREATE TABLE substitution (
	user_id BIGINT NOT NULL, 
	stand_in_id BIGINT NOT NULL, 
	starts_on DATE NOT NULL, 
	ends_on DATE NOT NULL, 
	up_to_fen BIGINT, 
	reason VARCHAR(500) NOT NULL, 
	named_by BIGINT, 
	ended_at DATETIME, 
	ended_by BIGINT, 
	id BIGINT NOT NULL, 
	tenant_id BIGINT NOT NULL, 
	created_at DATETIME NOT NULL, 
	created_by BIGINT, 
	updated_at DATETIME NOT NULL, 
	updated_by BIGINT, 
	row_version INTEGER NOT NULL, 
	CONSTRAINT pk_substitution PRIMARY KEY (id), 
	CONSTRAINT ck_substitution_ends_after_start CHECK (ends_on >= starts_on), 
	CONSTRAINT ck_substitution_not_oneself CHECK (user_id <> stand_in_id), 
	CONSTRAINT ck_substitution_amount_positive CHECK (up_to_fen IS NULL OR up_to_fen > 0), 
	CONSTRAINT fk_substitution_user_id_app_user FOREIGN KEY(user_id) REFERENCES app_user (id), 
	CONSTRAINT fk_substitution_stand_in_id_app_user FOREIGN KEY(stand_in_id) REFERENCES app_user (id)
)
-- next
CREATE INDEX ix_substitution_tenant_id ON substitution (tenant_id)
-- next
CREATE INDEX ix_substitution_tenant_stand_in ON substitution (tenant_id, stand_in_id, ends_on)
-- next
CREATE INDEX ix_substitution_tenant_user ON substitution (tenant_id, user_id, ends_on)
-- next
CREATE TABLE task_candidate (
	task_id BIGINT NOT NULL, 
	user_id BIGINT NOT NULL, 
	tenant_id BIGINT NOT NULL, 
	id BIGINT NOT NULL, 
	created_at DATETIME NOT NULL, 
	created_by BIGINT, 
	updated_at DATETIME NOT NULL, 
	updated_by BIGINT, 
	row_version INTEGER NOT NULL, 
	CONSTRAINT pk_task_candidate PRIMARY KEY (id), 
	CONSTRAINT uq_task_candidate_task_id_user_id UNIQUE (task_id, user_id), 
	CONSTRAINT fk_task_candidate_task_id_user_task FOREIGN KEY(task_id) REFERENCES user_task (id) ON DELETE CASCADE
)
-- next
CREATE INDEX ix_task_candidate_tenant_user ON task_candidate (tenant_id, user_id, task_id)
-- next
CREATE TABLE task_copy (
	task_id BIGINT NOT NULL, 
	instance_id BIGINT NOT NULL, 
	user_id BIGINT NOT NULL, 
	sent_by BIGINT NOT NULL, 
	sent_at DATETIME NOT NULL, 
	note TEXT NOT NULL, 
	read_at DATETIME, 
	id BIGINT NOT NULL, 
	tenant_id BIGINT NOT NULL, 
	created_at DATETIME NOT NULL, 
	created_by BIGINT, 
	updated_at DATETIME NOT NULL, 
	updated_by BIGINT, 
	row_version INTEGER NOT NULL, 
	CONSTRAINT pk_task_copy PRIMARY KEY (id), 
	CONSTRAINT uq_task_copy_task_id_user_id UNIQUE (task_id, user_id), 
	CONSTRAINT fk_task_copy_task_id_user_task FOREIGN KEY(task_id) REFERENCES user_task (id), 
	CONSTRAINT fk_task_copy_instance_id_process_instance FOREIGN KEY(instance_id) REFERENCES process_instance (id)
)
-- next
CREATE INDEX ix_task_copy_instance_id ON task_copy (instance_id)
-- next
CREATE INDEX ix_task_copy_task_id ON task_copy (task_id)
-- next
CREATE INDEX ix_task_copy_tenant_id ON task_copy (tenant_id)
-- next
CREATE INDEX ix_task_copy_tenant_user ON task_copy (tenant_id, user_id, sent_at)
-- next
CREATE TABLE task_signature (
	instance_id BIGINT NOT NULL, 
	log_id BIGINT NOT NULL, 
	task_id BIGINT NOT NULL, 
	node_id VARCHAR(80) NOT NULL, 
	kind VARCHAR(40) NOT NULL, 
	name VARCHAR(80) NOT NULL, 
	document_id BIGINT, 
	sha256 VARCHAR(64), 
	digest VARCHAR(64) NOT NULL, 
	signed_by BIGINT, 
	signed_at DATETIME NOT NULL, 
	tenant_id BIGINT NOT NULL, 
	id BIGINT NOT NULL, 
	created_at DATETIME NOT NULL, 
	created_by BIGINT, 
	updated_at DATETIME NOT NULL, 
	updated_by BIGINT, 
	row_version INTEGER NOT NULL, 
	CONSTRAINT pk_task_signature PRIMARY KEY (id), 
	CONSTRAINT fk_task_signature_instance_id_process_instance FOREIGN KEY(instance_id) REFERENCES process_instance (id), 
	CONSTRAINT uq_task_signature_log_id UNIQUE (log_id), 
	CONSTRAINT fk_task_signature_log_id_task_log FOREIGN KEY(log_id) REFERENCES task_log (id), 
	CONSTRAINT fk_task_signature_document_id_document FOREIGN KEY(document_id) REFERENCES document (id)
)
-- next
CREATE INDEX ix_task_signature_instance_id ON task_signature (instance_id)
-- next
CREATE TABLE user_role (
	user_id BIGINT NOT NULL, 
	role_id BIGINT NOT NULL, 
	id BIGINT NOT NULL, 
	tenant_id BIGINT NOT NULL, 
	created_at DATETIME NOT NULL, 
	created_by BIGINT, 
	updated_at DATETIME NOT NULL, 
	updated_by BIGINT, 
	row_version INTEGER NOT NULL, 
	CONSTRAINT pk_user_role PRIMARY KEY (id), 
	CONSTRAINT uq_user_role_user_id_role_id UNIQUE (user_id, role_id), 
	CONSTRAINT fk_user_role_user_id_app_user FOREIGN KEY(user_id) REFERENCES app_user (id), 
	CONSTRAINT fk_user_role_role_id_role FOREIGN KEY(role_id) REFERENCES role (id)
)
-- next
CREATE INDEX ix_user_role_role_id ON user_role (role_id)
-- next
CREATE INDEX ix_user_role_tenant_id ON user_role (tenant_id)
-- next
CREATE INDEX ix_user_role_user_id ON user_role (user_id)
-- next
CREATE TABLE actual_controller (
	report_id BIGINT NOT NULL, 
	name VARCHAR(80) NOT NULL, 
	id_number TEXT NOT NULL, 
	ratio_pct VARCHAR(9) NOT NULL, 
	id BIGINT NOT NULL, 
	tenant_id BIGINT NOT NULL, 
	created_at DATETIME NOT NULL, 
	created_by BIGINT, 
	updated_at DATETIME NOT NULL, 
	updated_by BIGINT, 
	row_version INTEGER NOT NULL, 
	CONSTRAINT pk_actual_controller PRIMARY KEY (id), 
	CONSTRAINT fk_actual_controller_report_id_due_diligence_report FOREIGN KEY(report_id) REFERENCES due_diligence_report (id) ON DELETE CASCADE
)
-- next
CREATE INDEX ix_actual_controller_report_id ON actual_controller (report_id)
-- next
CREATE INDEX ix_actual_controller_tenant_id ON actual_controller (tenant_id)
-- next
CREATE TABLE contract (
	contract_no VARCHAR(40) NOT NULL, 
	kind VARCHAR(40) NOT NULL, 
	project_id BIGINT NOT NULL, 
	main_contract_id BIGINT, 
	counter_guarantee_id BIGINT, 
	creditor_id BIGINT, 
	risk_share_scheme_id BIGINT, 
	template VARCHAR(120) NOT NULL, 
	amount_fen BIGINT NOT NULL, 
	is_maximum_amount BOOLEAN NOT NULL, 
	start_date DATE NOT NULL, 
	end_date DATE NOT NULL, 
	status VARCHAR(40) NOT NULL, 
	is_nonstandard BOOLEAN NOT NULL, 
	nonstandard_note TEXT NOT NULL, 
	drafted_by BIGINT, 
	reviewed_by BIGINT, 
	review_opinion TEXT NOT NULL, 
	nonstandard_by BIGINT, 
	signed_on DATE, 
	sign_mode VARCHAR(40), 
	seal_record_id BIGINT, 
	effective_at DATETIME, 
	void_id BIGINT, 
	id BIGINT NOT NULL, 
	tenant_id BIGINT NOT NULL, 
	created_at DATETIME NOT NULL, 
	created_by BIGINT, 
	updated_at DATETIME NOT NULL, 
	updated_by BIGINT, 
	row_version INTEGER NOT NULL, 
	CONSTRAINT pk_contract PRIMARY KEY (id), 
	CONSTRAINT uq_contract_tenant_id_contract_no UNIQUE (tenant_id, contract_no), 
	CONSTRAINT ck_contract_amount_positive CHECK (amount_fen > 0), 
	CONSTRAINT ck_contract_end_after_start CHECK (end_date > start_date), 
	CONSTRAINT ck_contract_void_has_form CHECK ((status = 'VOID') = (void_id IS NOT NULL)), 
	CONSTRAINT ck_contract_signed_has_day CHECK (status NOT IN ('SIGNED', 'EFFECTIVE', 'CHANGED') OR (signed_on IS NOT NULL AND sign_mode IS NOT NULL)), 
	CONSTRAINT ck_contract_effective_sealed CHECK (status NOT IN ('EFFECTIVE', 'CHANGED') OR seal_record_id IS NOT NULL), 
	CONSTRAINT ck_contract_four_eyes CHECK (drafted_by IS NULL OR reviewed_by IS NULL OR drafted_by <> reviewed_by), 
	CONSTRAINT ck_contract_guarantee_names_bank CHECK (kind <> 'GUARANTEE' OR creditor_id IS NOT NULL), 
	CONSTRAINT fk_contract_project_id_project FOREIGN KEY(project_id) REFERENCES project (id), 
	CONSTRAINT fk_contract_main_contract_id_contract FOREIGN KEY(main_contract_id) REFERENCES contract (id), 
	CONSTRAINT fk_contract_counter_guarantee_id_counter_guarantee FOREIGN KEY(counter_guarantee_id) REFERENCES counter_guarantee (id), 
	CONSTRAINT fk_contract_creditor_id_institution FOREIGN KEY(creditor_id) REFERENCES institution (id), 
	CONSTRAINT fk_contract_risk_share_scheme_id_risk_share_scheme FOREIGN KEY(risk_share_scheme_id) REFERENCES risk_share_scheme (id), 
	CONSTRAINT fk_contract_seal_record_id_seal_record FOREIGN KEY(seal_record_id) REFERENCES seal_record (id), 
	CONSTRAINT uq_contract_void_id UNIQUE (void_id), 
	CONSTRAINT fk_contract_void_id_contract_void FOREIGN KEY(void_id) REFERENCES contract_void (id)
)
-- next
CREATE INDEX ix_contract_project_id ON contract (project_id)
-- next
CREATE INDEX ix_contract_tenant_id ON contract (tenant_id)
-- next
CREATE UNIQUE INDEX uq_contract_one_entrust ON contract (project_id) WHERE kind = 'ENTRUST' AND status NOT IN ('VOID', 'TERMINATED')
-- next
CREATE UNIQUE INDEX uq_contract_one_per_counter_guarantee ON contract (counter_guarantee_id) WHERE status NOT IN ('VOID', 'TERMINATED')
-- next
CREATE TABLE counter_valuation (
	report_id BIGINT NOT NULL, 
	name VARCHAR(200) NOT NULL, 
	kind VARCHAR(40) NOT NULL, 
	appraised_fen BIGINT NOT NULL, 
	discount_pct VARCHAR(9) NOT NULL, 
	prior_lien_fen BIGINT NOT NULL, 
	id BIGINT NOT NULL, 
	tenant_id BIGINT NOT NULL, 
	created_at DATETIME NOT NULL, 
	created_by BIGINT, 
	updated_at DATETIME NOT NULL, 
	updated_by BIGINT, 
	row_version INTEGER NOT NULL, 
	CONSTRAINT pk_counter_valuation PRIMARY KEY (id), 
	CONSTRAINT ck_counter_valuation_amounts CHECK (appraised_fen >= 0 AND prior_lien_fen >= 0), 
	CONSTRAINT fk_counter_valuation_report_id_due_diligence_report FOREIGN KEY(report_id) REFERENCES due_diligence_report (id) ON DELETE CASCADE
)
-- next
CREATE INDEX ix_counter_valuation_report_id ON counter_valuation (report_id)
-- next
CREATE INDEX ix_counter_valuation_tenant_id ON counter_valuation (tenant_id)
-- next
CREATE TABLE deposit_movement (
	account_id BIGINT NOT NULL, 
	kind VARCHAR(40) NOT NULL, 
	amount_fen BIGINT NOT NULL, 
	source VARCHAR(120) NOT NULL, 
	moved_on DATE NOT NULL, 
	party VARCHAR(200) NOT NULL, 
	id BIGINT NOT NULL, 
	tenant_id BIGINT NOT NULL, 
	created_at DATETIME NOT NULL, 
	created_by BIGINT, 
	updated_at DATETIME NOT NULL, 
	updated_by BIGINT, 
	row_version INTEGER NOT NULL, 
	CONSTRAINT pk_deposit_movement PRIMARY KEY (id), 
	CONSTRAINT uq_deposit_movement_tenant_id_source UNIQUE (tenant_id, source), 
	CONSTRAINT ck_deposit_movement_amount_positive CHECK (amount_fen > 0), 
	CONSTRAINT fk_deposit_movement_account_id_deposit_account FOREIGN KEY(account_id) REFERENCES deposit_account (id)
)
-- next
CREATE INDEX ix_deposit_movement_account_id ON deposit_movement (account_id)
-- next
CREATE INDEX ix_deposit_movement_tenant_id ON deposit_movement (tenant_id)
-- next
CREATE TRIGGER deposit_movement_no_update BEFORE UPDATE OF account_id, kind, amount_fen, source, moved_on, party ON deposit_movement
BEGIN SELECT RAISE(ABORT, 'the books of fees are append-only'); END
-- next
CREATE TRIGGER deposit_movement_no_delete BEFORE DELETE ON deposit_movement
BEGIN SELECT RAISE(ABORT, 'the books of fees are append-only'); END
-- next
CREATE TABLE diligence_statement (
	report_id BIGINT NOT NULL, 
	period_end DATE NOT NULL, 
	period_kind VARCHAR(10) NOT NULL, 
	total_assets_fen BIGINT NOT NULL, 
	total_liabilities_fen BIGINT NOT NULL, 
	equity_fen BIGINT NOT NULL, 
	revenue_fen BIGINT NOT NULL, 
	net_profit_fen BIGINT NOT NULL, 
	operating_cash_fen BIGINT, 
	id BIGINT NOT NULL, 
	tenant_id BIGINT NOT NULL, 
	created_at DATETIME NOT NULL, 
	created_by BIGINT, 
	updated_at DATETIME NOT NULL, 
	updated_by BIGINT, 
	row_version INTEGER NOT NULL, 
	CONSTRAINT pk_diligence_statement PRIMARY KEY (id), 
	CONSTRAINT uq_diligence_statement_report_id_period_end_period_kind UNIQUE (report_id, period_end, period_kind), 
	CONSTRAINT fk_diligence_statement_report_id_due_diligence_report FOREIGN KEY(report_id) REFERENCES due_diligence_report (id) ON DELETE CASCADE
)
-- next
CREATE INDEX ix_diligence_statement_report_id ON diligence_statement (report_id)
-- next
CREATE INDEX ix_diligence_statement_tenant_id ON diligence_statement (tenant_id)
-- next
CREATE TABLE disbursement_notice (
	notice_no VARCHAR(40) NOT NULL, 
	project_id BIGINT NOT NULL, 
	amount_fen BIGINT NOT NULL, 
	bank_account TEXT NOT NULL, 
	valid_until DATE NOT NULL, 
	note TEXT NOT NULL, 
	status VARCHAR(40) NOT NULL, 
	drafted_by BIGINT, 
	seal_record_id BIGINT, 
	id BIGINT NOT NULL, 
	tenant_id BIGINT NOT NULL, 
	created_at DATETIME NOT NULL, 
	created_by BIGINT, 
	updated_at DATETIME NOT NULL, 
	updated_by BIGINT, 
	row_version INTEGER NOT NULL, 
	CONSTRAINT pk_disbursement_notice PRIMARY KEY (id), 
	CONSTRAINT uq_disbursement_notice_tenant_id_notice_no UNIQUE (tenant_id, notice_no), 
	CONSTRAINT ck_disbursement_notice_amount_positive CHECK (amount_fen > 0), 
	CONSTRAINT ck_disbursement_notice_sealed_with_record CHECK (status <> 'SEALED' OR seal_record_id IS NOT NULL), 
	CONSTRAINT fk_disbursement_notice_project_id_project FOREIGN KEY(project_id) REFERENCES project (id), 
	CONSTRAINT fk_disbursement_notice_seal_record_id_seal_record FOREIGN KEY(seal_record_id) REFERENCES seal_record (id)
)
-- next
CREATE INDEX ix_disbursement_notice_project_id ON disbursement_notice (project_id)
-- next
CREATE INDEX ix_disbursement_notice_tenant_id ON disbursement_notice (tenant_id)
-- next
CREATE UNIQUE INDEX uq_disbursement_notice_one_live ON disbursement_notice (project_id) WHERE status <> 'CANCELLED'
-- next
CREATE TABLE fee_invoice (
	receipt_id BIGINT NOT NULL, 
	invoice_no VARCHAR(40) NOT NULL, 
	kind VARCHAR(40) NOT NULL, 
	issued_on DATE NOT NULL, 
	amount_fen BIGINT NOT NULL, 
	recorded_by BIGINT, 
	voided_at DATETIME, 
	voided_by BIGINT, 
	voided_reason VARCHAR(300) NOT NULL, 
	id BIGINT NOT NULL, 
	tenant_id BIGINT NOT NULL, 
	created_at DATETIME NOT NULL, 
	created_by BIGINT, 
	updated_at DATETIME NOT NULL, 
	updated_by BIGINT, 
	row_version INTEGER NOT NULL, 
	CONSTRAINT pk_fee_invoice PRIMARY KEY (id), 
	CONSTRAINT uq_fee_invoice_tenant_id_invoice_no UNIQUE (tenant_id, invoice_no), 
	CONSTRAINT ck_fee_invoice_amount_positive CHECK (amount_fen > 0), 
	CONSTRAINT fk_fee_invoice_receipt_id_fee_receipt FOREIGN KEY(receipt_id) REFERENCES fee_receipt (id)
)
-- next
CREATE INDEX ix_fee_invoice_receipt_id ON fee_invoice (receipt_id)
-- next
CREATE INDEX ix_fee_invoice_tenant_id ON fee_invoice (tenant_id)
-- next
CREATE TRIGGER fee_invoice_no_update BEFORE UPDATE OF receipt_id, invoice_no, kind, issued_on, amount_fen ON fee_invoice
BEGIN SELECT RAISE(ABORT, 'the books of fees are append-only'); END
-- next
CREATE TRIGGER fee_invoice_no_delete BEFORE DELETE ON fee_invoice
BEGIN SELECT RAISE(ABORT, 'the books of fees are append-only'); END
-- next
CREATE TABLE fee_reversal (
	receipt_id BIGINT NOT NULL, 
	reason VARCHAR(300) NOT NULL, 
	asked_by BIGINT NOT NULL, 
	status VARCHAR(40) NOT NULL, 
	opinion VARCHAR(300) NOT NULL, 
	decided_by BIGINT, 
	decided_at DATETIME, 
	counter_receipt_id BIGINT, 
	id BIGINT NOT NULL, 
	tenant_id BIGINT NOT NULL, 
	created_at DATETIME NOT NULL, 
	created_by BIGINT, 
	updated_at DATETIME NOT NULL, 
	updated_by BIGINT, 
	row_version INTEGER NOT NULL, 
	CONSTRAINT pk_fee_reversal PRIMARY KEY (id), 
	CONSTRAINT ck_fee_reversal_done_has_counter CHECK ((status = 'DONE') = (counter_receipt_id IS NOT NULL)), 
	CONSTRAINT ck_fee_reversal_decided_by_somebody CHECK (status = 'ASKED' OR decided_by IS NOT NULL), 
	CONSTRAINT ck_fee_reversal_maker_is_not_checker CHECK (decided_by IS NULL OR decided_by <> asked_by), 
	CONSTRAINT fk_fee_reversal_receipt_id_fee_receipt FOREIGN KEY(receipt_id) REFERENCES fee_receipt (id), 
	CONSTRAINT uq_fee_reversal_counter_receipt_id UNIQUE (counter_receipt_id), 
	CONSTRAINT fk_fee_reversal_counter_receipt_id_fee_receipt FOREIGN KEY(counter_receipt_id) REFERENCES fee_receipt (id)
)
-- next
CREATE INDEX ix_fee_reversal_receipt_id ON fee_reversal (receipt_id)
-- next
CREATE INDEX ix_fee_reversal_tenant_id ON fee_reversal (tenant_id)
-- next
CREATE UNIQUE INDEX uq_fee_reversal_one ON fee_reversal (receipt_id) WHERE status <> 'REFUSED'
-- next
CREATE TRIGGER fee_reversal_no_update BEFORE UPDATE OF receipt_id, reason, asked_by ON fee_reversal
BEGIN SELECT RAISE(ABORT, 'the books of fees are append-only'); END
-- next
CREATE TRIGGER fee_reversal_no_delete BEFORE DELETE ON fee_reversal
BEGIN SELECT RAISE(ABORT, 'the books of fees are append-only'); END
-- next
CREATE TABLE handover_item (
	handover_id BIGINT NOT NULL, 
	kind VARCHAR(40) NOT NULL, 
	row_id BIGINT NOT NULL, 
	title VARCHAR(300) NOT NULL, 
	state VARCHAR(40) NOT NULL, 
	"before" TEXT NOT NULL, 
	note TEXT, 
	id BIGINT NOT NULL, 
	tenant_id BIGINT NOT NULL, 
	created_at DATETIME NOT NULL, 
	created_by BIGINT, 
	updated_at DATETIME NOT NULL, 
	updated_by BIGINT, 
	row_version INTEGER NOT NULL, 
	CONSTRAINT pk_handover_item PRIMARY KEY (id), 
	CONSTRAINT fk_handover_item_handover_id_handover FOREIGN KEY(handover_id) REFERENCES handover (id)
)
-- next
CREATE INDEX ix_handover_item_handover_id ON handover_item (handover_id)
-- next
CREATE INDEX ix_handover_item_tenant_id ON handover_item (tenant_id)
-- next
CREATE TABLE liability_release (
	project_id BIGINT NOT NULL, 
	instance_id BIGINT NOT NULL, 
	kind VARCHAR(40) NOT NULL, 
	amount_fen BIGINT NOT NULL, 
	effective_on DATE NOT NULL, 
	is_disputed BOOLEAN NOT NULL, 
	note TEXT NOT NULL, 
	status VARCHAR(40) NOT NULL, 
	proposed_by BIGINT, 
	checked_by BIGINT, 
	reviewed_by BIGINT, 
	deposit_note TEXT NOT NULL, 
	review_opinion TEXT NOT NULL, 
	entry_id BIGINT, 
	id BIGINT NOT NULL, 
	tenant_id BIGINT NOT NULL, 
	created_at DATETIME NOT NULL, 
	created_by BIGINT, 
	updated_at DATETIME NOT NULL, 
	updated_by BIGINT, 
	row_version INTEGER NOT NULL, 
	CONSTRAINT pk_liability_release PRIMARY KEY (id), 
	CONSTRAINT uq_liability_release_instance_id UNIQUE (instance_id), 
	CONSTRAINT ck_liability_release_amount_positive CHECK (amount_fen > 0), 
	CONSTRAINT ck_liability_release_kind CHECK (kind IN ('REPAY', 'RELEASE')), 
	CONSTRAINT ck_liability_release_posted_has_entry CHECK ((status = 'POSTED') = (entry_id IS NOT NULL)), 
	CONSTRAINT ck_liability_release_maker_is_not_checker CHECK (proposed_by IS NULL OR checked_by IS NULL OR proposed_by <> checked_by), 
	CONSTRAINT ck_liability_release_maker_is_not_reviewer CHECK (proposed_by IS NULL OR reviewed_by IS NULL OR proposed_by <> reviewed_by), 
	CONSTRAINT fk_liability_release_project_id_project FOREIGN KEY(project_id) REFERENCES project (id), 
	CONSTRAINT uq_liability_release_entry_id UNIQUE (entry_id), 
	CONSTRAINT fk_liability_release_entry_id_liability_entry FOREIGN KEY(entry_id) REFERENCES liability_entry (id)
)
-- next
CREATE INDEX ix_liability_release_project_id ON liability_release (project_id)
-- next
CREATE INDEX ix_liability_release_tenant_id ON liability_release (tenant_id)
-- next
CREATE UNIQUE INDEX uq_liability_release_one_open ON liability_release (project_id) WHERE status IN ('PROPOSED', 'CHECKED', 'AGREED')
-- next
CREATE TABLE loan_drawing (
	project_id BIGINT NOT NULL, 
	entry_id BIGINT NOT NULL, 
	loan_no VARCHAR(80) NOT NULL, 
	amount_fen BIGINT NOT NULL, 
	disbursed_on DATE NOT NULL, 
	maturity_on DATE NOT NULL, 
	loan_rate VARCHAR(11) NOT NULL, 
	is_final BOOLEAN NOT NULL, 
	by_bank_message BOOLEAN NOT NULL, 
	id BIGINT NOT NULL, 
	tenant_id BIGINT NOT NULL, 
	created_at DATETIME NOT NULL, 
	created_by BIGINT, 
	updated_at DATETIME NOT NULL, 
	updated_by BIGINT, 
	row_version INTEGER NOT NULL, 
	CONSTRAINT pk_loan_drawing PRIMARY KEY (id), 
	CONSTRAINT ck_loan_drawing_amount_positive CHECK (amount_fen > 0), 
	CONSTRAINT ck_loan_drawing_maturity_after_disbursement CHECK (maturity_on > disbursed_on), 
	CONSTRAINT fk_loan_drawing_project_id_project FOREIGN KEY(project_id) REFERENCES project (id), 
	CONSTRAINT uq_loan_drawing_entry_id UNIQUE (entry_id), 
	CONSTRAINT fk_loan_drawing_entry_id_liability_entry FOREIGN KEY(entry_id) REFERENCES liability_entry (id)
)
-- next
CREATE INDEX ix_loan_drawing_loan_no ON loan_drawing (loan_no)
-- next
CREATE INDEX ix_loan_drawing_project_id ON loan_drawing (project_id)
-- next
CREATE INDEX ix_loan_drawing_tenant_id ON loan_drawing (tenant_id)
-- next
CREATE TABLE review_report (
	project_id BIGINT NOT NULL, 
	version INTEGER NOT NULL, 
	diligence_id BIGINT NOT NULL, 
	generated TEXT NOT NULL, 
	sections TEXT NOT NULL, 
	edited_fields TEXT NOT NULL, 
	snapshot_ids TEXT NOT NULL, 
	suggested_amount_fen BIGINT, 
	suggested_term_months INTEGER, 
	suggested_fee_rate VARCHAR(20), 
	conclusion TEXT NOT NULL, 
	is_final BOOLEAN NOT NULL, 
	is_frozen BOOLEAN NOT NULL, 
	id BIGINT NOT NULL, 
	tenant_id BIGINT NOT NULL, 
	created_at DATETIME NOT NULL, 
	created_by BIGINT, 
	updated_at DATETIME NOT NULL, 
	updated_by BIGINT, 
	row_version INTEGER NOT NULL, 
	CONSTRAINT pk_review_report PRIMARY KEY (id), 
	CONSTRAINT uq_review_report_project_id_version UNIQUE (project_id, version), 
	CONSTRAINT fk_review_report_project_id_project FOREIGN KEY(project_id) REFERENCES project (id), 
	CONSTRAINT fk_review_report_diligence_id_due_diligence_report FOREIGN KEY(diligence_id) REFERENCES due_diligence_report (id)
)
-- next
CREATE INDEX ix_review_report_project_id ON review_report (project_id)
-- next
CREATE INDEX ix_review_report_tenant_id ON review_report (tenant_id)
-- next
CREATE TABLE substitution_scope (
	substitution_id BIGINT NOT NULL, 
	subject VARCHAR(80) NOT NULL, 
	id BIGINT NOT NULL, 
	tenant_id BIGINT NOT NULL, 
	created_at DATETIME NOT NULL, 
	created_by BIGINT, 
	updated_at DATETIME NOT NULL, 
	updated_by BIGINT, 
	row_version INTEGER NOT NULL, 
	CONSTRAINT pk_substitution_scope PRIMARY KEY (id), 
	CONSTRAINT uq_substitution_scope_substitution_id_subject UNIQUE (substitution_id, subject), 
	CONSTRAINT fk_substitution_scope_substitution_id_substitution FOREIGN KEY(substitution_id) REFERENCES substitution (id) ON DELETE CASCADE
)
-- next
CREATE INDEX ix_substitution_scope_tenant_id ON substitution_scope (tenant_id)
-- next
CREATE TABLE agenda_item (
	meeting_id BIGINT NOT NULL, 
	project_id BIGINT NOT NULL, 
	order_no INTEGER NOT NULL, 
	round_no INTEGER NOT NULL, 
	is_reconsideration BOOLEAN NOT NULL, 
	report_id BIGINT NOT NULL, 
	report_version INTEGER NOT NULL, 
	panel_seed VARCHAR(40) NOT NULL, 
	draw TEXT, 
	panel_size INTEGER NOT NULL, 
	result VARCHAR(40) NOT NULL, 
	is_open BOOLEAN NOT NULL, 
	reschedules INTEGER NOT NULL, 
	counting TEXT, 
	counted TEXT, 
	conditions TEXT NOT NULL, 
	closes_at DATETIME, 
	closed_at DATETIME, 
	veto_reason TEXT NOT NULL, 
	id BIGINT NOT NULL, 
	tenant_id BIGINT NOT NULL, 
	created_at DATETIME NOT NULL, 
	created_by BIGINT, 
	updated_at DATETIME NOT NULL, 
	updated_by BIGINT, 
	row_version INTEGER NOT NULL, 
	CONSTRAINT pk_agenda_item PRIMARY KEY (id), 
	CONSTRAINT uq_agenda_item_meeting_id_order_no UNIQUE (meeting_id, order_no), 
	CONSTRAINT ck_agenda_item_round_no CHECK (round_no BETWEEN 1 AND 3), 
	CONSTRAINT fk_agenda_item_meeting_id_meeting FOREIGN KEY(meeting_id) REFERENCES meeting (id), 
	CONSTRAINT fk_agenda_item_project_id_project FOREIGN KEY(project_id) REFERENCES project (id), 
	CONSTRAINT fk_agenda_item_report_id_review_report FOREIGN KEY(report_id) REFERENCES review_report (id)
)
-- next
CREATE INDEX ix_agenda_item_project_id ON agenda_item (project_id)
-- next
CREATE INDEX ix_agenda_item_tenant_id ON agenda_item (tenant_id)
-- next
CREATE UNIQUE INDEX uq_agenda_item_one_open ON agenda_item (project_id) WHERE is_open = 1
-- next
CREATE TABLE contract_party (
	contract_id BIGINT NOT NULL, 
	order_no INTEGER NOT NULL, 
	role VARCHAR(40) NOT NULL, 
	name VARCHAR(200) NOT NULL, 
	id_number TEXT, 
	signer VARCHAR(80) NOT NULL, 
	id BIGINT NOT NULL, 
	tenant_id BIGINT NOT NULL, 
	created_at DATETIME NOT NULL, 
	created_by BIGINT, 
	updated_at DATETIME NOT NULL, 
	updated_by BIGINT, 
	row_version INTEGER NOT NULL, 
	CONSTRAINT pk_contract_party PRIMARY KEY (id), 
	CONSTRAINT uq_contract_party_contract_id_order_no UNIQUE (contract_id, order_no), 
	CONSTRAINT fk_contract_party_contract_id_contract FOREIGN KEY(contract_id) REFERENCES contract (id)
)
-- next
CREATE INDEX ix_contract_party_contract_id ON contract_party (contract_id)
-- next
CREATE INDEX ix_contract_party_tenant_id ON contract_party (tenant_id)
-- next
CREATE TABLE panel_member (
	agenda_item_id BIGINT NOT NULL, 
	user_id BIGINT NOT NULL, 
	seat INTEGER NOT NULL, 
	is_chair BOOLEAN NOT NULL, 
	weight INTEGER NOT NULL, 
	expertise VARCHAR(80) NOT NULL, 
	declared_at DATETIME, 
	is_recused BOOLEAN NOT NULL, 
	recusal_reason TEXT NOT NULL, 
	signed_in_at DATETIME, 
	notified_at DATETIME, 
	materials_read_at DATETIME, 
	id BIGINT NOT NULL, 
	tenant_id BIGINT NOT NULL, 
	created_at DATETIME NOT NULL, 
	created_by BIGINT, 
	updated_at DATETIME NOT NULL, 
	updated_by BIGINT, 
	row_version INTEGER NOT NULL, 
	CONSTRAINT pk_panel_member PRIMARY KEY (id), 
	CONSTRAINT uq_panel_member_agenda_item_id_user_id UNIQUE (agenda_item_id, user_id), 
	CONSTRAINT fk_panel_member_agenda_item_id_agenda_item FOREIGN KEY(agenda_item_id) REFERENCES agenda_item (id)
)
-- next
CREATE INDEX ix_panel_member_agenda_item_id ON panel_member (agenda_item_id)
-- next
CREATE INDEX ix_panel_member_tenant_id ON panel_member (tenant_id)
-- next
CREATE TABLE question (
	agenda_item_id BIGINT NOT NULL, 
	seq INTEGER NOT NULL, 
	asked_by BIGINT, 
	text TEXT NOT NULL, 
	answer TEXT NOT NULL, 
	answered_by BIGINT, 
	asked_at DATETIME NOT NULL, 
	answered_at DATETIME, 
	id BIGINT NOT NULL, 
	tenant_id BIGINT NOT NULL, 
	created_at DATETIME NOT NULL, 
	created_by BIGINT, 
	updated_at DATETIME NOT NULL, 
	updated_by BIGINT, 
	row_version INTEGER NOT NULL, 
	CONSTRAINT pk_question PRIMARY KEY (id), 
	CONSTRAINT uq_question_agenda_item_id_seq UNIQUE (agenda_item_id, seq), 
	CONSTRAINT fk_question_agenda_item_id_agenda_item FOREIGN KEY(agenda_item_id) REFERENCES agenda_item (id)
)
-- next
CREATE INDEX ix_question_agenda_item_id ON question (agenda_item_id)
-- next
CREATE INDEX ix_question_tenant_id ON question (tenant_id)
-- next
CREATE TABLE rehearing (
	project_id BIGINT NOT NULL, 
	agenda_item_id BIGINT NOT NULL, 
	is_heard BOOLEAN NOT NULL, 
	hear_by DATE, 
	note TEXT NOT NULL, 
	decided_by BIGINT, 
	decided_at DATETIME NOT NULL, 
	id BIGINT NOT NULL, 
	tenant_id BIGINT NOT NULL, 
	created_at DATETIME NOT NULL, 
	created_by BIGINT, 
	updated_at DATETIME NOT NULL, 
	updated_by BIGINT, 
	row_version INTEGER NOT NULL, 
	CONSTRAINT pk_rehearing PRIMARY KEY (id), 
	CONSTRAINT uq_rehearing_project_id UNIQUE (project_id), 
	CONSTRAINT ck_rehearing_hear_by CHECK (NOT is_heard OR hear_by IS NOT NULL), 
	CONSTRAINT fk_rehearing_project_id_project FOREIGN KEY(project_id) REFERENCES project (id), 
	CONSTRAINT fk_rehearing_agenda_item_id_agenda_item FOREIGN KEY(agenda_item_id) REFERENCES agenda_item (id)
)
-- next
CREATE INDEX ix_rehearing_tenant_id ON rehearing (tenant_id)
-- next
CREATE TABLE resolution (
	resolution_no VARCHAR(40), 
	project_id BIGINT NOT NULL, 
	agenda_item_id BIGINT, 
	is_delegated BOOLEAN NOT NULL, 
	amount_fen BIGINT NOT NULL, 
	term_months INTEGER NOT NULL, 
	fee_rate VARCHAR(11) NOT NULL, 
	risk_share_scheme_id BIGINT NOT NULL, 
	guarantee_mode VARCHAR(20) NOT NULL, 
	valid_days INTEGER NOT NULL, 
	valid_to DATE, 
	status VARCHAR(40) NOT NULL, 
	drafted_by BIGINT, 
	issued_by BIGINT, 
	issued_at DATETIME, 
	id BIGINT NOT NULL, 
	tenant_id BIGINT NOT NULL, 
	created_at DATETIME NOT NULL, 
	created_by BIGINT, 
	updated_at DATETIME NOT NULL, 
	updated_by BIGINT, 
	row_version INTEGER NOT NULL, 
	CONSTRAINT pk_resolution PRIMARY KEY (id), 
	CONSTRAINT uq_resolution_tenant_id_resolution_no UNIQUE (tenant_id, resolution_no), 
	CONSTRAINT ck_resolution_amount_positive CHECK (amount_fen > 0), 
	CONSTRAINT ck_resolution_term_positive CHECK (term_months > 0), 
	CONSTRAINT ck_resolution_issued CHECK (status <> 'ISSUED' OR (resolution_no IS NOT NULL AND valid_to IS NOT NULL)), 
	CONSTRAINT fk_resolution_project_id_project FOREIGN KEY(project_id) REFERENCES project (id), 
	CONSTRAINT fk_resolution_agenda_item_id_agenda_item FOREIGN KEY(agenda_item_id) REFERENCES agenda_item (id), 
	CONSTRAINT fk_resolution_risk_share_scheme_id_risk_share_scheme FOREIGN KEY(risk_share_scheme_id) REFERENCES risk_share_scheme (id)
)
-- next
CREATE INDEX ix_resolution_project_id ON resolution (project_id)
-- next
CREATE INDEX ix_resolution_tenant_id ON resolution (tenant_id)
-- next
CREATE UNIQUE INDEX uq_resolution_one_live ON resolution (project_id) WHERE status IN ('DRAFT', 'ISSUED')
-- next
CREATE TABLE vote (
	agenda_item_id BIGINT NOT NULL, 
	member_id BIGINT NOT NULL, 
	sealed TEXT, 
	option VARCHAR(40), 
	conditions TEXT NOT NULL, 
	opinion TEXT NOT NULL, 
	cast_at DATETIME NOT NULL, 
	is_closed BOOLEAN NOT NULL, 
	is_void BOOLEAN NOT NULL, 
	id BIGINT NOT NULL, 
	tenant_id BIGINT NOT NULL, 
	created_at DATETIME NOT NULL, 
	created_by BIGINT, 
	updated_at DATETIME NOT NULL, 
	updated_by BIGINT, 
	row_version INTEGER NOT NULL, 
	CONSTRAINT pk_vote PRIMARY KEY (id), 
	CONSTRAINT uq_vote_agenda_item_id_member_id UNIQUE (agenda_item_id, member_id), 
	CONSTRAINT ck_vote_sealed_until_close CHECK (is_closed OR (option IS NULL AND conditions = '' AND opinion = '')), 
	CONSTRAINT ck_vote_void_stays_sealed CHECK (NOT is_void OR option IS NULL), 
	CONSTRAINT ck_vote_open_after_close CHECK (NOT is_closed OR is_void OR option IS NOT NULL), 
	CONSTRAINT fk_vote_agenda_item_id_agenda_item FOREIGN KEY(agenda_item_id) REFERENCES agenda_item (id)
)
-- next
CREATE INDEX ix_vote_agenda_item_id ON vote (agenda_item_id)
-- next
CREATE INDEX ix_vote_tenant_id ON vote (tenant_id)
-- next
CREATE TRIGGER vote_closed_no_insert BEFORE INSERT ON vote
WHEN EXISTS (SELECT 1 FROM agenda_item WHERE id = NEW.agenda_item_id AND counted IS NOT NULL)
BEGIN SELECT RAISE(ABORT, 'a counted vote takes no ballot'); END
-- next
CREATE TRIGGER vote_closed_no_update BEFORE UPDATE ON vote WHEN OLD.is_closed
BEGIN SELECT RAISE(ABORT, 'a closed vote cannot be changed'); END
-- next
CREATE TRIGGER vote_no_delete BEFORE DELETE ON vote
BEGIN SELECT RAISE(ABORT, 'a vote is never deleted'); END
-- next
CREATE TABLE condition_item (
	resolution_id BIGINT NOT NULL, 
	seq INTEGER NOT NULL, 
	kind VARCHAR(40) NOT NULL, 
	text TEXT NOT NULL, 
	is_mandatory BOOLEAN NOT NULL, 
	responsible VARCHAR(80) NOT NULL, 
	due_on DATE, 
	status VARCHAR(40) NOT NULL, 
	evidence TEXT NOT NULL, 
	met_by BIGINT, 
	met_at DATETIME, 
	verified_by BIGINT, 
	verified_at DATETIME, 
	note TEXT NOT NULL, 
	reminded_on DATE, 
	escalated_on DATE, 
	id BIGINT NOT NULL, 
	tenant_id BIGINT NOT NULL, 
	created_at DATETIME NOT NULL, 
	created_by BIGINT, 
	updated_at DATETIME NOT NULL, 
	updated_by BIGINT, 
	row_version INTEGER NOT NULL, 
	CONSTRAINT pk_condition_item PRIMARY KEY (id), 
	CONSTRAINT uq_condition_item_resolution_id_seq UNIQUE (resolution_id, seq), 
	CONSTRAINT fk_condition_item_resolution_id_resolution FOREIGN KEY(resolution_id) REFERENCES resolution (id)
)
-- next
CREATE INDEX ix_condition_item_resolution_id ON condition_item (resolution_id)
-- next
CREATE INDEX ix_condition_item_tenant_id ON condition_item (tenant_id)
-- next
CREATE TABLE fee_plan (
	project_id BIGINT NOT NULL, 
	resolution_id BIGINT NOT NULL, 
	fee_kind VARCHAR(40) NOT NULL, 
	method VARCHAR(40) NOT NULL, 
	basis_fen BIGINT NOT NULL, 
	rate VARCHAR(11) NOT NULL, 
	months INTEGER NOT NULL, 
	balances_fen TEXT NOT NULL, 
	formula VARCHAR(300) NOT NULL, 
	total_fen BIGINT NOT NULL, 
	status VARCHAR(40) NOT NULL, 
	cancelled_reason VARCHAR(300) NOT NULL, 
	noticed_at DATETIME, 
	id BIGINT NOT NULL, 
	tenant_id BIGINT NOT NULL, 
	created_at DATETIME NOT NULL, 
	created_by BIGINT, 
	updated_at DATETIME NOT NULL, 
	updated_by BIGINT, 
	row_version INTEGER NOT NULL, 
	CONSTRAINT pk_fee_plan PRIMARY KEY (id), 
	CONSTRAINT ck_fee_plan_amounts_not_negative CHECK (total_fen >= 0 AND basis_fen >= 0), 
	CONSTRAINT ck_fee_plan_months_positive CHECK (months > 0), 
	CONSTRAINT fk_fee_plan_project_id_project FOREIGN KEY(project_id) REFERENCES project (id), 
	CONSTRAINT fk_fee_plan_resolution_id_resolution FOREIGN KEY(resolution_id) REFERENCES resolution (id)
)
-- next
CREATE INDEX ix_fee_plan_project_id ON fee_plan (project_id)
-- next
CREATE INDEX ix_fee_plan_tenant_id ON fee_plan (tenant_id)
-- next
CREATE UNIQUE INDEX uq_fee_plan_live ON fee_plan (project_id, fee_kind) WHERE status = 'ACTIVE'
-- next
CREATE TRIGGER fee_plan_no_update BEFORE UPDATE OF project_id, resolution_id, basis_fen, balances_fen, total_fen ON fee_plan
BEGIN SELECT RAISE(ABORT, 'the books of fees are append-only'); END
-- next
CREATE TRIGGER fee_plan_no_delete BEFORE DELETE ON fee_plan
BEGIN SELECT RAISE(ABORT, 'the books of fees are append-only'); END
-- next
CREATE TABLE vote_change (
	vote_id BIGINT NOT NULL, 
	sealed TEXT NOT NULL, 
	cast_at DATETIME NOT NULL, 
	id BIGINT NOT NULL, 
	tenant_id BIGINT NOT NULL, 
	created_at DATETIME NOT NULL, 
	created_by BIGINT, 
	updated_at DATETIME NOT NULL, 
	updated_by BIGINT, 
	row_version INTEGER NOT NULL, 
	CONSTRAINT pk_vote_change PRIMARY KEY (id), 
	CONSTRAINT fk_vote_change_vote_id_vote FOREIGN KEY(vote_id) REFERENCES vote (id)
)
-- next
CREATE INDEX ix_vote_change_tenant_id ON vote_change (tenant_id)
-- next
CREATE INDEX ix_vote_change_vote_id ON vote_change (vote_id)
-- next
CREATE TABLE fee_item (
	plan_id BIGINT NOT NULL, 
	seq INTEGER NOT NULL, 
	due_date DATE NOT NULL, 
	amount_fen BIGINT NOT NULL, 
	waived_fen BIGINT NOT NULL, 
	allocated_fen BIGINT NOT NULL, 
	before_disbursement BOOLEAN NOT NULL, 
	is_cancelled BOOLEAN NOT NULL, 
	id BIGINT NOT NULL, 
	tenant_id BIGINT NOT NULL, 
	created_at DATETIME NOT NULL, 
	created_by BIGINT, 
	updated_at DATETIME NOT NULL, 
	updated_by BIGINT, 
	row_version INTEGER NOT NULL, 
	CONSTRAINT pk_fee_item PRIMARY KEY (id), 
	CONSTRAINT uq_fee_item_plan_id_seq UNIQUE (plan_id, seq), 
	CONSTRAINT ck_fee_item_amounts_not_negative CHECK (amount_fen >= 0 AND waived_fen >= 0 AND allocated_fen >= 0), 
	CONSTRAINT ck_fee_item_not_more_than_due CHECK (allocated_fen + waived_fen <= amount_fen), 
	CONSTRAINT fk_fee_item_plan_id_fee_plan FOREIGN KEY(plan_id) REFERENCES fee_plan (id)
)
-- next
CREATE INDEX ix_fee_item_tenant_id ON fee_item (tenant_id)
-- next
CREATE TRIGGER fee_item_no_update BEFORE UPDATE OF plan_id, seq, amount_fen ON fee_item
BEGIN SELECT RAISE(ABORT, 'the books of fees are append-only'); END
-- next
CREATE TRIGGER fee_item_no_delete BEFORE DELETE ON fee_item
BEGIN SELECT RAISE(ABORT, 'the books of fees are append-only'); END
-- next
CREATE TRIGGER fee_item_within_total BEFORE INSERT ON fee_item
WHEN (SELECT coalesce(sum(amount_fen), 0) FROM fee_item WHERE plan_id = NEW.plan_id) + NEW.amount_fen
> (SELECT total_fen FROM fee_plan WHERE id = NEW.plan_id)
BEGIN SELECT RAISE(ABORT, 'the items of a fee plan exceed its total'); END
-- next
CREATE TABLE fee_allocation (
	receipt_id BIGINT NOT NULL, 
	item_id BIGINT NOT NULL, 
	amount_fen BIGINT NOT NULL, 
	is_released BOOLEAN NOT NULL, 
	id BIGINT NOT NULL, 
	tenant_id BIGINT NOT NULL, 
	created_at DATETIME NOT NULL, 
	created_by BIGINT, 
	updated_at DATETIME NOT NULL, 
	updated_by BIGINT, 
	row_version INTEGER NOT NULL, 
	CONSTRAINT pk_fee_allocation PRIMARY KEY (id), 
	CONSTRAINT ck_fee_allocation_amount_positive CHECK (amount_fen > 0), 
	CONSTRAINT fk_fee_allocation_receipt_id_fee_receipt FOREIGN KEY(receipt_id) REFERENCES fee_receipt (id), 
	CONSTRAINT fk_fee_allocation_item_id_fee_item FOREIGN KEY(item_id) REFERENCES fee_item (id)
)
-- next
CREATE INDEX ix_fee_allocation_item_id ON fee_allocation (item_id)
-- next
CREATE INDEX ix_fee_allocation_tenant_id ON fee_allocation (tenant_id)
-- next
CREATE TRIGGER fee_allocation_no_update BEFORE UPDATE OF receipt_id, item_id, amount_fen ON fee_allocation
BEGIN SELECT RAISE(ABORT, 'the books of fees are append-only'); END
-- next
CREATE TRIGGER fee_allocation_no_delete BEFORE DELETE ON fee_allocation
BEGIN SELECT RAISE(ABORT, 'the books of fees are append-only'); END
