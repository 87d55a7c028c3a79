"""A job that runs elsewhere, as home sees it.

`attend` is the process that looks after one such job: it calls what belongs to the phase that
the job is in, with an `Attendant`, which knows and writes down all there is to know.

    attend       which phase is done by whom
    renting      ┐ asks for a pod, and makes sure that it ends
    following    │ while there is a pod: waits for it, brings its files home, sends it inputs
    repository   ┘ after a pod that nobody saw end: what it pushed
    attendant    what is known of the newest attempt · limits: how long it waits for what
    unheard      when the repository has to be looked into
    terms        ┐ what renting means for a job, before anything is rented
    mirror       ┘ the pod's folder comes home
    handle       home.json: the phases · shown: the state that people see · words: their sentences

Each imports only what stands below it; those in one bracket know nothing of each other.
"""
