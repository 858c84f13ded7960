"""The files that the evening imports, by the operation that takes them."""

FILES = {
    "importVenues": (
        (
            "venue_code,venue_name,time_zone,capacity,command_centre_phone,zone_code,zone_name,"
            "zone_kind,post_code,post_name"
        ),
        (
            "ARENA,The Arena,America/New_York,19500,+1 215 555 0100,G1,Gate 1,gate,G1-2,"
            '"Gate 1, lane 2"'
        ),
        "ARENA,The Arena,America/New_York,19500,+1 215 555 0100,C2,Concourse 2,concourse,C2-1,Desk",
    ),
    "importEmployees": (
        "badge_number,name,department,employment_kind,pay_basis,roles,payroll_number",
        "1007,Jo Parking,Parking,temp,hourly,employee,P-2007",
        "1008,Sam Vale,Executive,full_time,salaried,employee supervisor,P-2008",
    ),
    "importEvents": (
        "code,venue_code,season,name,doors_at,starts_at,ends_at,attendance",
        "2026-11-24,ARENA,2026-27,A concert,2026-11-24 17:30,2026-11-24 19:00,2026-11-24 21:45,",
    ),
    "importShifts": (
        "event_code,badge_number,zone_code,post_code,starts_at,ends_at",
        "2026-11-24,1007,G1,G1-2,2026-11-24 17:00,2026-11-24 22:15",
    ),
}
