CREATE SCHEMA reconciliation;

CREATE TABLE reconciliation.step (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    subject uuid NOT NULL,
    axis text NOT NULL,
    source text NOT NULL,
    target text NOT NULL,
    who text NOT NULL,
    why text NOT NULL,
    at timestamptz NOT NULL
);
CREATE INDEX step_subject ON reconciliation.step (subject, id);

-- One comparison of one day.
CREATE TABLE reconciliation.run (
    id uuid PRIMARY KEY,
    day date NOT NULL,
    seq int NOT NULL CHECK (seq > 0),
    state text NOT NULL DEFAULT 'running' CHECK (state IN ('running', 'waiting', 'done', 'failed')),
    who text NOT NULL,
    why text,
    matched bigint NOT NULL DEFAULT 0,
    started_at timestamptz NOT NULL,
    alive_at timestamptz NOT NULL,
    finished_at timestamptz,
    UNIQUE (day, seq),
    CHECK ((state = 'running') = (finished_at IS NULL))
);
-- The lines below are worked on by one comparison at a time.
CREATE UNIQUE INDEX run_one ON reconciliation.run ((true)) WHERE state = 'running';

CREATE TABLE reconciliation.source (
    run_id uuid NOT NULL REFERENCES reconciliation.run (id),
    name text NOT NULL,
    side text NOT NULL CHECK (side IN ('channel', 'ours', 'his')),
    state text NOT NULL CHECK (state IN ('reading', 'ready', 'not_yet', 'silent', 'odd')),
    rows bigint NOT NULL DEFAULT 0,
    detail text,
    ready_at timestamptz,
    PRIMARY KEY (run_id, name)
);

CREATE TABLE reconciliation.total (
    run_id uuid NOT NULL REFERENCES reconciliation.run (id),
    channel text NOT NULL,
    side text NOT NULL CHECK (side IN ('channel', 'ours', 'his')),
    count bigint NOT NULL,
    fen bigint NOT NULL,
    PRIMARY KEY (run_id, channel, side)
);

-- What the sides say, staged for one comparison and thrown away after it: it can be had again at any time, so it is not
-- written to the WAL. run_id and source come from the transaction that copies, so that rows pass through unread.
CREATE UNLOGGED TABLE reconciliation.line (
    nr bigint GENERATED ALWAYS AS IDENTITY,
    run_id uuid NOT NULL DEFAULT current_setting('reconciliation.run')::uuid,
    source text NOT NULL DEFAULT current_setting('reconciliation.source')
        CHECK (source IN ('channel', 'ours', 'his')),
    kind text NOT NULL CHECK (kind IN ('payment', 'refund')),
    channel text NOT NULL,
    trade_no text,
    refund_no text,
    transaction_id text NOT NULL,
    order_no text,
    merchant_id text,
    amount_fen bigint NOT NULL CHECK (amount_fen > 0),
    at timestamptz NOT NULL,
    verdict text,
    promised_fen bigint,
    returned_fen bigint,
    paid_fen bigint,
    item_id uuid
);

-- The running processes may neither truncate nor analyze: these two acts on the staging table are lent to them.
CREATE FUNCTION reconciliation.clear_lines() RETURNS void LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog AS $$
BEGIN
    TRUNCATE reconciliation.line;
END;
$$;
CREATE FUNCTION reconciliation.weigh_lines() RETURNS void LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog AS $$
BEGIN
    ANALYZE reconciliation.line;
END;
$$;
REVOKE ALL ON FUNCTION reconciliation.clear_lines(), reconciliation.weigh_lines() FROM PUBLIC;

-- A difference. Amounts are signed (refunds negative), NULL where a side has nothing.
CREATE TABLE reconciliation.item (
    id uuid PRIMARY KEY,
    day date NOT NULL,
    seq int NOT NULL CHECK (seq > 0),
    fingerprint text NOT NULL,
    run_id uuid NOT NULL REFERENCES reconciliation.run (id),
    fault text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('payment', 'refund')),
    channel text NOT NULL,
    trade_no text,
    refund_no text,
    transaction_id text NOT NULL,
    order_no text,
    merchant_id text,
    verdict text,
    channel_fen bigint,
    ours_fen bigint,
    his_fen bigint,
    at timestamptz NOT NULL,
    attempt_id uuid,
    refund_id uuid,
    order_id uuid,
    subject_kind text,
    subject_id uuid,
    state text NOT NULL DEFAULT 'found'
        CHECK (state IN ('found', 'mending', 'waiting', 'carried', 'open', 'proposed', 'settled')),
    act text,
    note text,
    tries int NOT NULL DEFAULT 0,
    acted_at timestamptz,
    next_at timestamptz,
    found_at timestamptz NOT NULL,
    late_sides text[] NOT NULL DEFAULT '{}',
    closed_day date CHECK (closed_day > day),
    settled_at timestamptz,
    UNIQUE (day, seq),
    UNIQUE (day, fingerprint),
    CHECK (coalesce(channel_fen, ours_fen, his_fen) IS NOT NULL),
    CHECK ((state = 'settled') = (settled_at IS NOT NULL)),
    CHECK (closed_day IS NULL OR state = 'settled')
);
CREATE INDEX item_unsettled ON reconciliation.item (day) WHERE state <> 'settled';
CREATE INDEX item_due ON reconciliation.item (next_at) WHERE next_at IS NOT NULL;
CREATE INDEX item_closed ON reconciliation.item (closed_day) WHERE closed_day IS NOT NULL;
CREATE INDEX item_transaction ON reconciliation.item (transaction_id);

-- Two people: whoever proposes may not decide, whatever the program above believes. Both tables only ever grow.
CREATE TABLE reconciliation.proposal (
    id uuid PRIMARY KEY,
    item_id uuid NOT NULL REFERENCES reconciliation.item (id),
    act text NOT NULL,
    why text NOT NULL CHECK (length(why) BETWEEN 4 AND 500),
    maker text NOT NULL CHECK (maker LIKE 'staff:%'),
    made_at timestamptz NOT NULL,
    UNIQUE (id, maker)
);
CREATE INDEX proposal_item ON reconciliation.proposal (item_id, made_at);
CREATE TABLE reconciliation.decision (
    proposal_id uuid PRIMARY KEY,
    maker text NOT NULL,
    verdict text NOT NULL CHECK (verdict IN ('approved', 'returned', 'withdrawn')),
    checker text NOT NULL CHECK (checker LIKE 'staff:%'),
    why text NOT NULL,
    decided_at timestamptz NOT NULL,
    FOREIGN KEY (proposal_id, maker) REFERENCES reconciliation.proposal (id, maker),
    CONSTRAINT maker_is_not_checker CHECK ((verdict = 'withdrawn') = (checker = maker))
);
CREATE FUNCTION reconciliation.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'proposals and decisions are never changed or deleted' USING ERRCODE = 'insufficient_privilege';
END;
$$;
CREATE TRIGGER proposal_kept BEFORE UPDATE OR DELETE ON reconciliation.proposal
    FOR EACH ROW EXECUTE FUNCTION reconciliation.refuse_change();
CREATE TRIGGER decision_kept BEFORE UPDATE OR DELETE ON reconciliation.decision
    FOR EACH ROW EXECUTE FUNCTION reconciliation.refuse_change();
CREATE TRIGGER proposal_whole BEFORE TRUNCATE ON reconciliation.proposal
    EXECUTE FUNCTION reconciliation.refuse_change();
CREATE TRIGGER decision_whole BEFORE TRUNCATE ON reconciliation.decision
    EXECUTE FUNCTION reconciliation.refuse_change();

-- What a difference says was found is never rewritten once it is settled.
CREATE FUNCTION reconciliation.keep_item() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.id, NEW.day, NEW.seq, NEW.fingerprint, NEW.kind, NEW.channel, NEW.transaction_id)
       IS DISTINCT FROM (OLD.id, OLD.day, OLD.seq, OLD.fingerprint, OLD.kind, OLD.channel, OLD.transaction_id)
       OR (OLD.state = 'settled'
           AND (NEW.state, NEW.fault, NEW.channel_fen, NEW.ours_fen, NEW.his_fen, NEW.note, NEW.closed_day)
               IS DISTINCT FROM (OLD.state, OLD.fault, OLD.channel_fen, OLD.ours_fen, OLD.his_fen, OLD.note,
                                 OLD.closed_day)) THEN
        RAISE EXCEPTION 'a settled difference stays as it is' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END;
$$;
CREATE TRIGGER item_kept BEFORE UPDATE ON reconciliation.item
    FOR EACH ROW EXECUTE FUNCTION reconciliation.keep_item();

-- A day's movements are read by the channel's own time.
CREATE INDEX attempt_paid_at ON payments.attempt (paid_at) WHERE paid_at IS NOT NULL;
CREATE INDEX refund_done_at ON payments.refund (done_at) WHERE done_at IS NOT NULL;
