"""Two small articles, a question about one of them, and what a truthful model may say."""

from __future__ import annotations

BRIDGE = """---
title: Le pont de Saint-Aubin rouvre
date: 2025-03-04
source: Le Courrier
language: fr
---
Le pont de Saint-Aubin a rouvert aux voitures le 3 mars 2025. Les travaux du pont ont duré quatorze mois. Ils ont
coûté deux millions d'euros. Le ruban était bleu.
"""
MARKET = """---
title: Le marché de Brenholm déménage
date: 2025-02-01
language: fr
---
Le marché de Brenholm déménage sur la place du Port. Les travaux de la place ont duré six mois.
"""
QUESTION = "Combien de temps ont duré les travaux du pont de Saint-Aubin ?"
MONTHS = "Les travaux du pont ont duré quatorze mois."
REOPENED = "Le pont de Saint-Aubin a rouvert aux voitures le 3 mars 2025."
BOTH = "Quand le pont de Saint-Aubin a-t-il rouvert ? Combien de temps ont duré les travaux du pont ?"
