using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace GoApi.Infrastructure.Persistence.Migrations.Sqlite
{
    /// <inheritdoc />
    public partial class PersonalData : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<Guid>(
                name: "user_id",
                table: "idempotency_records",
                type: "TEXT",
                nullable: true);

            migrationBuilder.AddColumn<Guid>(
                name: "subject_user_id",
                table: "audit_entries",
                type: "TEXT",
                nullable: true);

            migrationBuilder.CreateTable(
                name: "person_keys",
                columns: table => new
                {
                    user_id = table.Column<Guid>(type: "TEXT", nullable: false),
                    wrapped_key = table.Column<byte[]>(type: "BLOB", maxLength: 64, nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_person_keys", x => x.user_id);
                });

            migrationBuilder.CreateIndex(
                name: "ix_idempotency_records_user",
                table: "idempotency_records",
                column: "user_id",
                filter: "user_id IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "ix_audit_entries_subject",
                table: "audit_entries",
                columns: new[] { "subject_user_id", "sequence" },
                filter: "subject_user_id IS NOT NULL");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "person_keys");

            migrationBuilder.DropIndex(
                name: "ix_idempotency_records_user",
                table: "idempotency_records");

            migrationBuilder.DropIndex(
                name: "ix_audit_entries_subject",
                table: "audit_entries");

            migrationBuilder.DropColumn(
                name: "user_id",
                table: "idempotency_records");

            migrationBuilder.DropColumn(
                name: "subject_user_id",
                table: "audit_entries");
        }
    }
}
