-- core/register: what a person filled a step of, for lists: her own openings and edits are many times more.
CREATE INDEX act_filled ON act(person, record) WHERE step <> '';
