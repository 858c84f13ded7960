"""Organisations, employees, roles, enrolled devices and sessions: who somebody is.

An *employee* is anybody who works in the building, of any rank and employment kind. A *device* is
a phone on which somebody has used an enrolment code; a PIN works only together with one. A
*session* is one signed-in employee on one device, or in the console.
"""
