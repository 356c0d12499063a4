"""What is said of a list when it is opened, or cannot be: archives, workbooks, Parquet, columns."""

from __future__ import annotations

from typing import Final

SENTENCES: Final = (
    (
        "asks as the enterprise {name}",
        "vraagt als de onderneming {name}",
        "demande en tant qu'entreprise {name}",
        "fragt als das Unternehmen {name}",
    ),
    (
        "by the web portal's channel",
        "via het kanaal van het webportaal",
        "par le canal du portail web",
        "über den Kanal des Webportals",
    ),
    (
        "for the enterprise {name}",
        "voor de onderneming {name}",
        "pour l'entreprise {name}",
        "für das Unternehmen {name}",
    ),
    (
        "the workbook is damaged, or protected by a password",
        "de werkmap is beschadigd, of beveiligd met een wachtwoord",
        "le classeur est endommagé, ou protégé par un mot de passe",
        "die Arbeitsmappe ist beschädigt oder mit einem Passwort geschützt",
    ),
    (
        "Open it and save it again, without a password.",
        "Open ze en bewaar ze opnieuw, zonder wachtwoord.",
        "Ouvrez-le et enregistrez-le à nouveau, sans mot de passe.",
        "Öffnen Sie sie und speichern Sie sie erneut, ohne Passwort.",
    ),
    (
        "the list cannot be read: it is damaged, or is not of this format",
        "de lijst kan niet gelezen worden: ze is beschadigd, of heeft een ander formaat",
        "la liste ne peut pas être lue : elle est endommagée, ou n'est pas de ce format",
        "die Liste kann nicht gelesen werden: Sie ist beschädigt oder hat ein anderes Format",
    ),
    (
        "Open it and save it again, or save it as CSV (UTF-8).",
        "Open ze en bewaar ze opnieuw, of bewaar ze als CSV (UTF-8).",
        "Ouvrez-la et enregistrez-la à nouveau, ou enregistrez-la en CSV (UTF-8).",
        "Öffnen Sie sie und speichern Sie sie erneut, oder als CSV (UTF-8).",
    ),
    (
        "the list needs more than the {most} MB that may be taken to open it",
        "de lijst heeft meer nodig dan de {most} MB die om ze te openen gebruikt mogen worden",
        "la liste demande plus que les {most} Mo permis pour l'ouvrir",
        "die Liste braucht mehr als die {most} MB, die zum Öffnen erlaubt sind",
    ),
    (
        "Clear the columns and rows beside the list, or save it as CSV (UTF-8) or Parquet.",
        "Maak de kolommen en rijen naast de lijst leeg, of bewaar ze als CSV (UTF-8) of Parquet.",
        "Effacez les colonnes et les lignes autour de la liste, ou enregistrez-la en CSV (UTF-8) ou Parquet.",
        "Leeren Sie die Spalten und Zeilen neben der Liste, oder speichern Sie sie als CSV (UTF-8) oder Parquet.",
    ),
    (
        "the list takes too long to open",
        "de lijst openen duurt te lang",
        "l'ouverture de la liste prend trop de temps",
        "das Öffnen der Liste dauert zu lange",
    ),
    (
        "there is no room on the disk to open the list",
        "er is geen plaats op de schijf om de lijst te openen",
        "il n'y a pas de place sur le disque pour ouvrir la liste",
        "auf dem Datenträger ist kein Platz, um die Liste zu öffnen",
    ),
    (
        "Make room where temporary files are kept.",
        "Maak plaats waar tijdelijke bestanden staan.",
        "Libérez de la place là où se trouvent les fichiers temporaires.",
        "Schaffen Sie Platz, wo temporäre Dateien liegen.",
    ),
    (
        "the list is no Parquet file, or is damaged",
        "de lijst is geen Parquet-bestand, of is beschadigd",
        "la liste n'est pas un fichier Parquet, ou est endommagée",
        "die Liste ist keine Parquet-Datei oder ist beschädigt",
    ),
    (
        "the column {name} does not hold types of work alone and is not asked by: to use it name it with {option}",
        "de kolom {name} bevat niet alleen types werk en telt niet mee: noem ze met {option} om ze te gebruiken",
        "la colonne {name} ne contient pas que des types de travail et n'est pas prise en compte : nommez-la avec {option} pour l'utiliser",
        "die Spalte {name} enthält nicht nur Arten der Arbeit und zählt nicht mit: Nennen Sie sie mit {option}, um sie zu nutzen",
    ),
    (
        "the column {name} holds enterprise numbers and is not asked for: if they are the employers', name it with {option}",
        "de kolom {name} bevat ondernemingsnummers en telt niet mee: zijn het die van de werkgevers, noem ze dan met {option}",
        "la colonne {name} contient des numéros d'entreprise et n'est pas prise en compte : si ce sont ceux des employeurs, nommez-la avec {option}",
        "die Spalte {name} enthält Unternehmensnummern und zählt nicht mit: Sind es die der Arbeitgeber, nennen Sie sie mit {option}",
    ),
)
