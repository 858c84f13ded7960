"""Boards, figures and proofs: it reads everything and writes nothing.

A *board* ranks the employees of one period by points; equal points share a *rank*. The
*programme's figures* are shares with their denominators: without a denominator there is no
figure. An *invariant* is something that must hold on any database at any time; `verify` names
every row that breaks one.
"""
