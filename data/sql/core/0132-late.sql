-- core/register: which registers have a record that stayed in its state too long.
CREATE INDEX timer_late ON timer(record) WHERE kind = 'late' AND name = '';
